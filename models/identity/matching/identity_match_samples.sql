-- Grain: one row per pattern of levels among pairs drawn at random, with how many show it. Key: levels. Freshness: each build.
-- Records lie in the order of a hash, so the next ones are strangers: each is compared with as many of them as give
-- `sample_pairs` pairs in all; in a small data set that is every pair.
{{ config(enabled=matching_is_enabled(), order_by='levels', query_settings=comparison_settings()) }}
with

placed as (

    select *, row_number() over (order by record_id) as position, count() over () as records
    from {{ ref('identity_match_records') }}

),

pairs as (

    select
        position as one,
        arrayJoin(range(position, position + least(intDiv(records, 2), greatest(1, intDiv({{ matching_settings().sample_pairs }}, records))))) % records
            + 1 as other
    from placed

)

select
    {{ match_levels_of_pair() }} as levels,
    count() as pairs
from pairs
inner join placed as a on one = a.position
inner join placed as b on other = b.position
where a.node != b.node
group by levels
