-- Grain: one row per candidate pair, with what speaks for one person in bits. Key: (a, b). Freshness: each build.
{{ config(enabled=matching_is_enabled(), order_by='(a, b)') }}
with

weights as (

    select
        any(prior) as prior,
        groupArray(of_level) as weights,
        groupArray(m_exact) as m_exact,
        groupArray(exact) as exact_level
    from (
        select
            place,
            any(prior) as prior,
            arrayConcat([0.], arrayMap(x -> x.2, arraySort(groupArray((level, weight))))) as of_level,
            argMax(m, level) as m_exact,
            max(level) as exact
        from {{ ref('identity_match_weights') }}
        group by place
        order by place
    )

)

select
    a,
    b,
    levels,
    arrayMap(
        (level, weight, m, exact, chance) -> toFloat32(if(level = exact, log2(m / chance), weight[level + 1])),
        levels, (select weights from weights), (select m_exact from weights), (select exact_level from weights), r.chances
    ) as weights,
    arraySum(weights) as match_weight,
    assumeNotNull(log2((select prior from weights) / (1 - (select prior from weights)))) + match_weight as evidence,
    1 / (1 + exp2(-evidence)) as match_probability
from {{ ref('identity_match_candidates') }} as c
inner join {{ ref('identity_match_rarity') }} as r on c.a = r.record_id
