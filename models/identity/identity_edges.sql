-- Grain: one row per pair of identifiers that belong together. Key: (a, b), a < b. Freshness: each build.
-- Two kinds of evidence. `declared`: the row itself says so (identify, alias, a CRM row, a receipt): every identifier of it hangs on its
-- strongest one, k - 1 edges for k identifiers. `sighting`: a visit carried two ids without claiming that they are one person. Mobile
-- SDKs send the last user's id with the next visitor's anonymous id after a log-out, so a sighting links only when it was repeated
-- (`identity_min_sightings`), when the weaker id was never seen with another strong one, and when no declared link speaks for it.
{{ config(order_by='(a, b)') }}
with

observed as (

    {{ observations_with_resolved_aliases(ref('identity_observations')) }}

),

ranked as (

    select
        entity,
        source,
        is_linking,
        first_seen_at,
        last_seen_at,
        seen_count,
        arraySort(
            identifier -> {{ identifier_rank('identifier.type') }},
            arrayFilter(identifier -> {{ block_reason('identifier.type', 'identifier.value') }} = '', identifiers)
        ) as usable
    from observed
    where length(identifiers) > 1

),

pairs as (

    select
        entity,
        source,
        is_linking,
        first_seen_at,
        last_seen_at,
        seen_count,
        usable[1] as strongest,
        {{ identifier_node('entity', 'strongest.type', 'strongest.value') }} as strong_node,
        weaker.type as weak_type,
        {{ identifier_node('entity', 'weaker.type', 'weaker.value') }} as weak_node
    from ranked
    array join arrayPopFront(usable) as weaker
    where strong_node != weak_node

),

sightings as (

    select
        weak_node,
        uniqExact(strong_node) as strong_nodes,
        sum(seen_count) as seen_count
    from pairs
    where not is_linking
    group by weak_node

),

trusted as (

    select *
    from pairs
    where is_linking
        or weak_node in (
            select weak_node
            from sightings
            where strong_nodes = 1
                and seen_count >= {{ var('identity_min_sightings') }}
                and weak_node not in (select weak_node from pairs where is_linking)
        )

),

edges as (

    select
        entity,
        least(strong_node, weak_node) as a,
        greatest(strong_node, weak_node) as b,
        any(if(strong_node < weak_node, strongest.type, weak_type)) as type_a,
        any(if(strong_node < weak_node, weak_type, strongest.type)) as type_b,
        cast(if(max(is_linking), 'declared', 'sighting'), 'LowCardinality(String)') as evidence,
        arraySort(groupUniqArray(source)) as sources,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        sum(seen_count) as seen_count
    from trusted
    group by entity, a, b

)

select * from edges
