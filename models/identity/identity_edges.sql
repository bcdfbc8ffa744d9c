-- Grain: one row per pair of identifiers, rule, staging model, source and slice of arrival. Key: those columns, with a < b, or a = b for an
-- identifier that stands alone. Freshness: each build changes what is new.
-- A row that declares (identify, alias, a CRM row, an order) hangs every identifier on its strongest one: k - 1 edges for k identifiers. A
-- row that merely carries two ids is a sighting: whether it may be believed is for the graph to say, which sees all of them. The row belongs to
-- its strongest identifier, which exists all the same: it gets an edge to itself. A force link of a person is manual. Blocked values make no edges.
-- depends_on: {{ ref('identity_decisions') }}
{{ config(materialized='identity_evidence') }}
with

usable as (

    select
        observed_in,
        entity,
        source,
        is_linking,
        slice,
        first_seen_at,
        last_seen_at,
        seen_count,
        arraySort(arrayDistinct(arrayMap(
            identifier -> (identifier.number, identifier.node),
            arrayFilter(identifier -> identifier.block_reason = '', identifiers)
        ))) as ends
    from ({{ resolved_observations(ref('identity_observations'), ref('identity_appearances')) }})

),

drawn as (

    select
        *,
        arrayConcat(
            arrayMap(weaker -> (least(ends[1], weaker), greatest(ends[1], weaker), is_linking), arrayPopFront(ends)),
            if(notEmpty(ends) and not (is_linking and length(ends) > 1), [(ends[1], ends[1], true)], [])
        ) as edges
    from usable

),

shown as (

    select
        least(edge.1.2, edge.2.2) as a,
        greatest(edge.1.2, edge.2.2) as b,
        entity,
        if(edge.1.2 <= edge.2.2, edge.1.1, edge.2.1) as type_a,
        if(edge.1.2 <= edge.2.2, edge.2.1, edge.1.1) as type_b,
        cast(multiIf(not edge.3, 'sighting', observed_in = 'identity_decisions', 'manual', 'declared'), 'LowCardinality(String)') as rule,
        cast(transform(toString(rule), ['manual', 'declared', 'sighting'], [1, 2, 4], 0), 'UInt8') as rule_priority,
        observed_in,
        source,
        slice,
        first_seen_at,
        last_seen_at,
        seen_count,
        toFloat32(0) as score
    from drawn
    array join edges as edge

)

select * from shown
union all
-- pairs that no row shows: their records are alike
select
    a,
    b,
    entity,
    type_a,
    type_b,
    cast('probabilistic', 'LowCardinality(String)') as rule,
    toUInt8(3) as rule_priority,
    cast('identity_match_edges', 'LowCardinality(String)') as observed_in,
    cast('matching', 'LowCardinality(String)') as source,
    toUInt32(0) as slice,
    first_seen_at,
    last_seen_at,
    toUInt64(1) as seen_count,
    toFloat32(probability) as score
from {{ ref('identity_match_edges') }}
