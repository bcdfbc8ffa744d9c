-- Grain: one row per identifier ever seen. Key: node; (entity, identifier_type, identifier_value). Freshness: each build.
{{ config(order_by='node') }}
with

observed as (

    {{ observations_with_resolved_aliases(ref('identity_observations')) }}

),

seen as (

    select
        entity,
        identifier.type as identifier_type,
        identifier.value as identifier_value,
        source,
        first_seen_at,
        last_seen_at,
        seen_count
    from observed
    array join identifiers as identifier

),

identifiers as (

    select
        {{ identifier_node('entity', 'identifier_type', 'identifier_value') }} as node,
        entity,
        identifier_type,
        identifier_value,
        {{ block_reason('identifier_type', 'identifier_value') }} as block_reason,
        block_reason != '' as is_blocked,
        argMin(seen.source, (isNull(seen.first_seen_at), seen.first_seen_at, seen.source)) as first_source,
        arraySort(groupUniqArray(seen.source)) as sources,
        min(seen.first_seen_at) as first_seen_at,
        max(seen.last_seen_at) as last_seen_at,
        sum(seen.seen_count) as seen_count
    from seen
    group by entity, identifier_type, identifier_value

)

select * from identifiers
