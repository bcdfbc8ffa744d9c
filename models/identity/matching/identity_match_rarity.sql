-- Grain: one row per record, with the chance that a stranger has the same value, by field. Key: record_id. Freshness: each build.
-- The term-frequency adjustment: sharing a rare name says more than sharing a common one. How common a value is, is counted in
-- pairs of strangers: five records of one person with a rare name make the name no more common.
{{ config(enabled=matching_is_enabled(), order_by='record_id') }}
with

records as (

    select record_id, place, value_hash
    from {{ ref('identity_match_records') }}
    array join value_hashes as value_hash, arrayEnumerate(value_hashes) as place

),

exact as (

    select groupArray(level) as levels
    from (select max(level) as level from {{ ref('identity_match_weights') }} group by place order by place)

),

matched as (

    select
        place,
        value_hash,
        {{ exact_sum('probability') }} as matches
    from (
        select a, levels, {{ class_probabilities(ref('identity_match_weights')) }}.1 as probability
        from {{ ref('identity_match_candidates') }}
        where probability > 0.001
    ) as likely
    inner join {{ ref('identity_match_records') }} as r on likely.a = r.record_id
    array join likely.levels as level, arrayEnumerate(likely.levels) as place, r.value_hashes as value_hash, (select levels from exact) as exact_level
    where level = exact_level
    group by place, value_hash

),

chances as (

    select
        place,
        value_hash,
        assumeNotNull((select greatest(1, count() * (count() - 1) / 2) from {{ ref('identity_match_records') }})) as all_pairs,
        greatest(0.5, c.records * (c.records - 1) / 2 - m.matches) as stranger_pairs,
        -- few records say little about how rare a value is: then every value is as rare as values of the field are
        sqrt((stranger_pairs + {{ imaginary_strangers() }} * e.u * e.u) / (all_pairs + {{ imaginary_strangers() }})) as chance
    from (select place, value_hash, count() as records from records group by place, value_hash) as c
    inner join (select place, argMax(u, level) as u from {{ ref('identity_match_weights') }} group by place) as e using (place)
    left join matched as m using (place, value_hash)

)

select
    record_id,
    arrayMap(x -> x.2, arraySort(groupArray((place, chance)))) as chances
from records
inner join chances using (place, value_hash)
group by record_id
