-- Grain: one row per person, the same people as `profiles`. Key: profile_id. Freshness: each build.
-- What people are segmented by. Windows ("the last 90 days", "this quarter") count back from `as_of`, which is on every row: the
-- newest order or event, never the future, unless the project's variable says otherwise.
{{ config(order_by='profile_id') }}
with

clock as (

    select {{ as_of() }} as as_of

),

purchases as (

    select
        profile_id,
        countIf(isNotNull(orders.ordered_at)) as dated_order_count,
        countIf(orders.ordered_at > (select as_of from clock) - interval 30 day) as order_count_last_30_days,
        countIf(orders.ordered_at > (select as_of from clock) - interval 90 day) as order_count_last_90_days,
        countIf(
            orders.ordered_at <= (select as_of from clock) - interval 90 day
            and orders.ordered_at > (select as_of from clock) - interval 180 day
        ) as order_count_previous_90_days,
        {{ spend('orders.ordered_at > (select as_of from clock) - interval 90 day') }} as spend_last_90_days,
        -- not toStartOfQuarter: it gives a Date, which knows no year after 2149
        {{ spend(
            '(toYear(orders.ordered_at), toQuarter(orders.ordered_at)) = '
            ~ '(toYear((select as_of from clock) - interval 1 day), toQuarter((select as_of from clock) - interval 1 day))'
        ) }} as spend_this_quarter
    from {{ ref('orders') }} as orders
    where not is_cancelled
    group by profile_id

),

-- the same as in `profiles`: known where all orders are in one currency
discounts as (

    select
        profile_id,
        if(count() = 1, any(tuple(profile_revenue.discount_total)).1, null) as discount_total
    from {{ ref('profile_revenue') }} as profile_revenue
    group by profile_id

),

baskets as (

    select
        profile_id,
        uniqExact(product_id) as product_count,
        argMaxIf(category, (lines.ordered_at, ifNull(net_amount, 0), category), isNotNull(lines.ordered_at)) as last_category
    from {{ ref('resolved_order_lines') }} as lines
    -- what came back was not bought; what a line cost may be unknown
    where ifNull(net_amount > 0, true)
    group by profile_id

),

-- what the person spends most on, over all orders; spend in two currencies cannot be compared
category_spend as (

    select
        profile_id,
        if(uniqExact(currency_code) = 1, argMax(category, (ifNull(spend, 0), category)), '') as favourite_category,
        uniqExact(category) as category_count
    from (
        select profile_id, category, currency_code, sum(net_amount) as spend
        from {{ ref('resolved_order_lines') }}
        where category != ''
        group by profile_id, category, currency_code
    )
    group by profile_id

),

visits as (

    select
        profile_id,
        countIf(event_name in ('Page Viewed', 'Screen Viewed')) as page_view_count,
        countIf(event_name = 'Product Viewed') as product_view_count,
        countIf(event_name in ('Page Viewed', 'Screen Viewed', 'Product Viewed') and online.occurred_at > (select as_of from clock) - interval 30 day)
            as view_count_last_30_days,
        min(online.occurred_at) as first_online_at,
        max(online.occurred_at) as last_online_at,
        argMinIf(campaign_source, online.occurred_at, campaign_source != '') as first_campaign_source,
        argMaxIf(campaign_source, online.occurred_at, campaign_source != '') as last_campaign_source
    from {{ ref('resolved_events') }} as online
    where event_type in ('track', 'page', 'screen')
    group by profile_id

)

select
    profiles.profile_id as profile_id,

    ---------- orders
    profiles.order_count as order_count,
    profiles.revenue_total as lifetime_value,
    profiles.average_order_value as average_order_value,
    profiles.first_order_at as first_order_at,
    profiles.last_order_at as last_order_at,
    profiles.last_channel as last_order_channel,
    toUInt32(purchases.order_count_last_30_days) as order_count_last_30_days,
    toUInt32(purchases.order_count_last_90_days) as order_count_last_90_days,
    toUInt32(purchases.order_count_previous_90_days) as order_count_previous_90_days,
    if(profiles.order_count = 0, cast(0, 'Nullable(Decimal(18, 2))'), purchases.spend_last_90_days) as spend_last_90_days,
    if(profiles.order_count = 0, cast(0, 'Nullable(Decimal(18, 2))'), purchases.spend_this_quarter) as spend_this_quarter,
    -- from three orders on a rhythm shows: the mean gap between them
    if(
        purchases.dated_order_count < 3,
        null,
        round(dateDiff('second', profiles.first_order_at, profiles.last_order_at) / 86400 / (purchases.dated_order_count - 1), 2)
    ) as days_between_orders,
    -- past the year 2299 there are no times
    if(
        purchases.dated_order_count < 3 or toYear(profiles.last_order_at) + days_between_orders / 365 >= 2299,
        null,
        profiles.last_order_at + toIntervalSecond(toInt64(ifNull(days_between_orders, 0) * 86400))
    ) as next_order_expected_at,

    ---------- what they buy
    toUInt32(baskets.product_count) as product_count,
    toUInt32(category_spend.category_count) as category_count,
    nullIf(category_spend.favourite_category, '') as favourite_category,
    nullIf(baskets.last_category, '') as last_category,
    if(profiles.order_count = 0, cast(0, 'Nullable(Decimal(18, 2))'), discounts.discount_total) as discount_total,

    ---------- online
    toBool(visits.profile_id = profiles.profile_id) as is_online,
    if(is_online, visits.first_online_at, null) as first_online_at,
    if(is_online, visits.last_online_at, null) as last_online_at,
    toUInt32(visits.page_view_count) as page_view_count,
    toUInt32(visits.product_view_count) as product_view_count,
    toUInt32(visits.view_count_last_30_days) as view_count_last_30_days,
    cast(nullIf(visits.first_campaign_source, ''), 'LowCardinality(Nullable(String))') as first_campaign_source,
    cast(nullIf(visits.last_campaign_source, ''), 'LowCardinality(Nullable(String))') as last_campaign_source,

    assumeNotNull((select as_of from clock)) as as_of,
    now64(3, 'UTC') as computed_at
from {{ ref('profiles') }} as profiles
left join purchases on purchases.profile_id = profiles.profile_id
left join discounts on discounts.profile_id = profiles.profile_id
left join baskets on baskets.profile_id = profiles.profile_id
left join category_spend on category_spend.profile_id = profiles.profile_id
left join visits on visits.profile_id = profiles.profile_id
settings join_algorithm = 'full_sorting_merge,parallel_hash'
