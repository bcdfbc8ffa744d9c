-- Grain: one row per blocking key that records share. Key: key. Freshness: each build.
-- Comparing every block would let one junk value, or one city, cost more than all the rest: blocks are taken from the smallest up
-- until `max_pairs_per_record` pairs per record are spent. In a small data set that reaches far; in a large one the finer keys remain.
{{ config(enabled=matching_is_enabled(), order_by='key') }}
with

blocks as (

    select any(rule) as rule, key, count() as records
    from {{ ref('identity_match_keys') }}
    group by key
    having records > 1

),

affordable as (

    select max(size) as largest
    from (
        select records as size, sum(count() * size * (size - 1) / 2) over (order by size) as pairs
        from blocks
        group by size
    )
    where pairs <= {{ matching_settings().max_pairs_per_record }} * (select count() from {{ ref('identity_match_records') }})

)

select
    rule,
    key,
    records,
    records <= (select largest from affordable) as is_compared
from blocks
