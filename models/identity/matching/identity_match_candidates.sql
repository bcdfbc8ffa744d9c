-- Grain: one row per pair of records that share a blocking key, with how alike each field is. Key: (a, b), a < b. Freshness: each build.
{{ config(enabled=matching_is_enabled(), order_by='(a, b)', query_settings=comparison_settings()) }}
with

blocks as (

    select arraySort(groupArray((record_id, node))) as records
    from {{ ref('identity_match_keys') }}
    where key in (select key from {{ ref('identity_match_blocks') }} where is_compared)
    group by key

),

pairs as (

    select distinct one.1 as one_id, other.1 as other_id
    from blocks
    array join records as one
    array join records as other
    where one_id < other_id and one.2 != other.2

)

select
    a.record_id as a,
    b.record_id as b,
    {{ match_levels_of_pair() }} as levels
from pairs
inner join {{ ref('identity_match_records') }} as a on one_id = a.record_id
inner join {{ ref('identity_match_records') }} as b on other_id = b.record_id
