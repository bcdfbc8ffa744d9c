-- Grain: one row per usable identifier. Key: node. Freshness: live view over the graph.
-- Whose identifier it is: what every model that knows people joins with.
{{ config(materialized='view') }}

select
    node,
    cast({{ entity_of_type('type_number') }}, 'LowCardinality(String)') as entity,
    cast({{ type_name_of('type_number') }}, 'LowCardinality(String)') as identifier_type,
    {{ profile_id_of('canonical_id') }} as profile_id,
    canonical_id
from {{ ref('identity_graph') }}
where node != 0
