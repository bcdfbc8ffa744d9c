-- Grain: one row per person, the same people as `profiles`. Key: profile_id. Freshness: each build.
-- What people are segmented by. Windows ("the last 90 days", "this quarter") count back from `as_of`, which stands on every row: the
-- newest order or event, never the future, unless the project's variable says otherwise.
{{ config(order_by='profile_id') }}
{%- set baby_categories = "('" ~ var('baby_categories') | join("', '") ~ "')" %}
with

clock as (

    select {{ as_of() }} as as_of

),

purchases as (

    select
        profile_id,
        countIf(isNotNull(orders.ordered_at)) as dated_order_count,
        countIf(channel = 'store') as store_order_count,
        countIf(channel = 'online') as online_order_count,
        uniqExactIf(store_id, channel = 'store') as store_count,
        topKIf(1)(store_id, channel = 'store')[1] as favourite_store_id,
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
    where status != 'cancelled'
    group by profile_id

),

-- the same as in `profiles`: known where all orders are in one currency
discounts as (

    select
        profile_id,
        if(count() = 1, any(tuple(profile_revenue.discount_total)).1, null) as discount_total,
        if(count() = 1, any(tuple(profile_revenue.coupon_discount_total)).1, null) as coupon_discount_total
    from {{ ref('profile_revenue') }} as profile_revenue
    group by profile_id

),

baskets as (

    select
        profile_id,
        uniqExact(product_id) as product_count,
        argMaxIf(category, (lines.ordered_at, ifNull(net_amount, 0), category), isNotNull(lines.ordered_at)) as last_category,
        minIf(lines.ordered_at, category in {{ baby_categories }}) as first_baby_order_at,
        maxIf(lines.ordered_at, category in {{ baby_categories }}) as last_baby_order_at,
        uniqExactIf(order_id, category in {{ baby_categories }}) as baby_order_count,
        uniqExactIf(order_id, coupon_discount_amount > 0) as coupon_order_count
    from {{ ref('resolved_order_lines') }} as lines
    -- what came back to the till was not bought; what a line cost may be unknown
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

coupons as (

    select
        map.profile_id as profile_id,
        count() as coupon_redemption_count,
        max(redemptions.redeemed_at) as last_coupon_redeemed_at
    from (select *, {{ row_node('stg_pos__coupon_redemptions') }} as node from {{ ref('stg_pos__coupon_redemptions') }}) as redemptions
    inner join {{ ref('identity_map') }} as map on map.node = redemptions.node
    group by profile_id

),

campaigns as (

    select
        map.profile_id as profile_id,
        uniqExact(sends.campaign_id) as campaign_count
    from (select campaign_id, {{ card_node() }} as node from {{ ref('stg_pos__campaign_sends') }}) as sends
    inner join {{ ref('identity_map') }} as map on map.node = sends.node
    group by profile_id

),

-- a profile with two cards takes the answers of the one it used last, the primary one
households as (

    select
        cards.profile_id as profile_id,
        any(answers.age_range) as age_range,
        any(answers.income_range) as income_range,
        any(answers.home_ownership) as home_ownership,
        any(answers.marital_status) as marital_status,
        any(answers.household_size) as household_size,
        any(answers.household_composition) as household_composition,
        any(answers.children_count) as children_count
    from (select *, {{ normalise_identifier('person', 'loyalty_id', 'loyalty_id') }} as card from {{ ref('stg_crm__demographics') }}) as answers
    inner join {{ ref('profile_identifiers') }} as cards on cards.identifier_value = answers.card
    where cards.identifier_type = 'loyalty_id' and cards.is_primary
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
    toUInt32(purchases.store_order_count) as store_order_count,
    toUInt32(purchases.online_order_count) as online_order_count,
    toUInt32(purchases.store_count) as store_count,
    nullIf(purchases.favourite_store_id, '') as favourite_store_id,
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
    toUInt32(baskets.baby_order_count) as baby_order_count,
    baskets.first_baby_order_at as first_baby_order_at,
    baskets.last_baby_order_at as last_baby_order_at,

    ---------- discounts, coupons, campaigns
    if(profiles.order_count = 0, cast(0, 'Nullable(Decimal(18, 2))'), discounts.discount_total) as discount_total,
    if(profiles.order_count = 0, cast(0, 'Nullable(Decimal(18, 2))'), discounts.coupon_discount_total) as coupon_discount_total,
    toUInt32(baskets.coupon_order_count) as coupon_order_count,
    toUInt32(coupons.coupon_redemption_count) as coupon_redemption_count,
    coupons.last_coupon_redeemed_at as last_coupon_redeemed_at,
    toUInt32(campaigns.campaign_count) as campaign_count,

    ---------- the household
    {%- for name in ['age_range', 'income_range', 'home_ownership', 'marital_status', 'household_size', 'household_composition', 'children_count'] %}
    cast(nullIf(households.{{ name }}, ''), 'LowCardinality(Nullable(String))') as {{ name }},
    {%- endfor %}

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
left join coupons on coupons.profile_id = profiles.profile_id
left join campaigns on campaigns.profile_id = profiles.profile_id
left join households on households.profile_id = profiles.profile_id
left join visits on visits.profile_id = profiles.profile_id
settings join_algorithm = 'full_sorting_merge,parallel_hash'
