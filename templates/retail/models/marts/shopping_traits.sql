-- Grain: one row per person, the same people as in profiles. Key: profile_id. Freshness: each build.
-- What people can be chosen by beside what every project has (profiles, profile_traits): change it, or add models like it.
with

purchases as (

    select
        profile_id,
        countIf(channel = 'store') as store_order_count,
        countIf(channel = 'online') as online_order_count,
        argMaxIf(location_id, ordered_at, channel = 'store') as last_store
    from {{ ref('orders') }}
    where not is_cancelled
    group by profile_id

),

brands as (

    select
        orders.profile_id as profile_id,
        uniqExactIf(lines.brand, lines.brand != '') as brand_count,
        topKIf(1)(lines.brand, lines.brand != '')[1] as favourite_brand
    from {{ ref('stg_shop__order_lines') }} as lines
    -- an order's number is published with its source before it
    inner join {{ ref('orders') }} as orders on orders.order_id = concat('shop:', lines.order_id)
    where not orders.is_cancelled
    group by profile_id

)

select
    profiles.profile_id as profile_id,
    toUInt32(purchases.store_order_count) as store_order_count,
    toUInt32(purchases.online_order_count) as online_order_count,
    cast(nullIf(purchases.last_store, ''), 'Nullable(String)') as last_store,
    toUInt32(brands.brand_count) as brand_count,
    cast(nullIf(brands.favourite_brand, ''), 'Nullable(String)') as favourite_brand
from {{ ref('profiles') }} as profiles
left join purchases on purchases.profile_id = profiles.profile_id
left join brands on brands.profile_id = profiles.profile_id
