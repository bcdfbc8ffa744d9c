-- Grain: one row per person, the same people as in profiles. Key: profile_id. Freshness: each build.
-- What people can be chosen by beside what every project has (profiles, profile_traits): change it, or add models like it.
with

pages as (

    select
        profile_id,
        argMin(path(url), (occurred_at, message_id)) as first_page,
        uniqExact(toDate(occurred_at)) as visited_days
    from {{ ref('events') }}
    where event_type = 'page'
    group by profile_id

),

products as (

    select
        profile_id,
        uniqExactIf(product_id, product_id != '') as viewed_product_count,
        argMax(product_name, (occurred_at, message_id)) as last_viewed_product,
        topKIf(1)(category, category != '')[1] as favourite_viewed_category
    from {{ ref('stg_product_views') }}
    group by profile_id

)

select
    profiles.profile_id as profile_id,
    cast(nullIf(pages.first_page, ''), 'Nullable(String)') as first_page,
    toUInt32(pages.visited_days) as visited_days,
    toUInt32(products.viewed_product_count) as viewed_product_count,
    cast(nullIf(products.last_viewed_product, ''), 'Nullable(String)') as last_viewed_product,
    cast(nullIf(products.favourite_viewed_category, ''), 'Nullable(String)') as favourite_viewed_category
from {{ ref('profiles') }} as profiles
left join pages on pages.profile_id = profiles.profile_id
left join products on products.profile_id = profiles.profile_id
