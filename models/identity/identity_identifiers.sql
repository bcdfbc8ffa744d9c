-- Grain: one row per identifier ever seen. Key: node; (entity, identifier_type, identifier_value). Freshness: each build.
{{ config(materialized='view') }}

select
    node,
    entity,
    identifier_type,
    identifier_value,
    argMax(appearance.spelling, (ifNull(appearance.last_seen_at, toDateTime64(0, 3, 'UTC')), appearance.spelling)) as spelling,
    block_reason,
    cast(block_reason != '', 'Bool') as is_blocked,
    argMin(appearance.source, (isNull(appearance.first_seen_at), appearance.first_seen_at, appearance.source)) as first_source,
    arraySort(groupUniqArray(appearance.source)) as sources,
    min(appearance.first_seen_at) as first_seen_at,
    max(appearance.last_seen_at) as last_seen_at,
    sum(appearance.seen_count) as seen_count
from {{ ref('identity_appearances') }} as appearance
group by node, entity, identifier_type, identifier_value, block_reason
