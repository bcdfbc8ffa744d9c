-- Grain: one row per candidate pair, with what speaks for one person in bits. Key: (a, b). Freshness: each build.
-- One person against each of what else it could be: relatives, neighbours, strangers. Exact agreement is weighed by how rare the value is,
-- except where relatives or neighbours share the value for being that.
{{ config(enabled=matching_is_enabled(), order_by='(a, b)') }}
with

fields as (

    select
        groupArray(exact) as exact,
        groupArray(m_exact) as m_exact,
        groupArray(is_shared_by_relatives) as shared_by_relatives,
        groupArray(is_shared_by_neighbours) as shared_by_neighbours,
        assumeNotNull(any(log2(prior))) as person,
        assumeNotNull(any(log2(prior_of_relatives))) as relatives,
        assumeNotNull(any(log2(prior_of_neighbours))) as neighbours,
        assumeNotNull(any(log2(1 - prior - prior_of_relatives - prior_of_neighbours))) as strangers
    from (
        select *, level as exact, m as m_exact
        from {{ ref('identity_match_weights') }}
        order by place, level desc
        limit 1 by place
    )

),

weighed as (

    select
        a,
        b,
        levels,
        {{ weights_against('u', 'arrayWithConstant(length(levels), false)') }} as against_strangers,
        {{ weights_against('n', 'shared_by_neighbours') }} as against_neighbours,
        {{ weights_against('r', 'shared_by_relatives') }} as against_relatives,
        person - strangers + arraySum(against_strangers) as evidence_against_strangers,
        person - neighbours + arraySum(against_neighbours) as evidence_against_neighbours,
        person - relatives + arraySum(against_relatives) as evidence_against_relatives
    from {{ ref('identity_match_candidates') }} as c
    inner join {{ ref('identity_match_rarity') }} as r on c.a = r.record_id
    cross join fields

)

select
    a,
    b,
    levels,
    arrayConcat(against_strangers, against_neighbours, against_relatives) as all_weights,
    -log2(exp2(-evidence_against_strangers) + exp2(-evidence_against_neighbours) + exp2(-evidence_against_relatives)) as evidence,
    cast(multiIf(
        evidence_against_relatives <= least(evidence_against_neighbours, evidence_against_strangers), 'relatives',
        evidence_against_neighbours <= evidence_against_strangers, 'neighbours',
        'strangers'
    ), 'LowCardinality(String)') as else_likely,
    arrayMap(
        weight -> toFloat32(weight),
        multiIf(else_likely = 'relatives', against_relatives, else_likely = 'neighbours', against_neighbours, against_strangers)
    ) as weights,
    arraySum(weights) as match_weight,
    1 / (1 + exp2(-evidence)) as match_probability
from weighed
