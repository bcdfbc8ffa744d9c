-- Grain: one row per person, the same people as in profiles. Key: profile_id. Freshness: each build.
-- What a grocer segments by besides what every project has: stores, the baby categories, coupons, campaigns, and the answers of the household survey.
{{ config(materialized='table', order_by='profile_id') }}
{%- set baby_categories = "('" ~ var('baby_categories') | join("', '") ~ "')" %}
with

purchases as (

    select
        profile_id,
        countIf(channel = 'store') as store_order_count,
        countIf(channel = 'online') as online_order_count,
        uniqExactIf(location_id, channel = 'store') as store_count,
        topKIf(1)(location_id, channel = 'store')[1] as favourite_store_id
    from {{ ref('orders') }}
    where not is_cancelled
    group by profile_id

),

babies as (

    select
        profile_id,
        min(bought.ordered_at) as first_baby_order_at,
        max(bought.ordered_at) as last_baby_order_at,
        uniqExact(order_id) as baby_order_count
    from {{ ref('resolved_order_lines') }} as bought
    where category in {{ baby_categories }}
        -- what came back to the till was not bought; what a line cost may be unknown
        and ifNull(net_amount > 0, true)
    group by profile_id

),

discounts as (

    select
        profile_id,
        sum(receipts.coupon_discount_amount) as coupon_discount_total,
        countIf(receipts.has_coupon) as coupon_order_count
    from {{ sluice.with_profile('stg_pos__orders') }} as receipts
    group by profile_id

),

coupons as (

    select
        profile_id,
        count() as coupon_redemption_count,
        max(redemptions.redeemed_at) as last_coupon_redeemed_at
    from {{ sluice.with_profile('stg_pos__coupon_redemptions') }} as redemptions
    group by profile_id

),

campaigns as (

    select
        cards.profile_id as profile_id,
        uniqExact(sends.campaign_id) as campaign_count
    from {{ ref('stg_pos__campaign_sends') }} as sends
    inner join {{ ref('profile_identifiers') }} as cards on cards.identifier_value = trim(sends.loyalty_id)
    where cards.identifier_type = 'loyalty_id'
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
    from {{ ref('stg_crm__demographics') }} as answers
    inner join {{ ref('profile_identifiers') }} as cards on cards.identifier_value = trim(answers.loyalty_id)
    where cards.identifier_type = 'loyalty_id' and cards.is_primary
    group by profile_id

)

select
    profiles.profile_id as profile_id,

    ---------- stores
    toUInt32(purchases.store_order_count) as store_order_count,
    toUInt32(purchases.online_order_count) as online_order_count,
    toUInt32(purchases.store_count) as store_count,
    nullIf(purchases.favourite_store_id, '') as favourite_store_id,

    ---------- the baby categories
    toUInt32(babies.baby_order_count) as baby_order_count,
    babies.first_baby_order_at as first_baby_order_at,
    babies.last_baby_order_at as last_baby_order_at,

    ---------- coupons, campaigns
    if(discounts.profile_id = profiles.profile_id, {{ sluice.as_money('discounts.coupon_discount_total') }}, cast(0, 'Nullable(Decimal(18, 2))')) as coupon_discount_total,
    toUInt32(discounts.coupon_order_count) as coupon_order_count,
    toUInt32(coupons.coupon_redemption_count) as coupon_redemption_count,
    coupons.last_coupon_redeemed_at as last_coupon_redeemed_at,
    toUInt32(campaigns.campaign_count) as campaign_count,

    ---------- the household
    {%- for name in ['age_range', 'income_range', 'home_ownership', 'marital_status', 'household_size', 'household_composition', 'children_count'] %}
    cast(nullIf(households.{{ name }}, ''), 'LowCardinality(Nullable(String))') as {{ name }},
    {%- endfor %}
    now64(3, 'UTC') as computed_at
from {{ ref('profiles') }} as profiles
left join purchases on purchases.profile_id = profiles.profile_id
left join babies on babies.profile_id = profiles.profile_id
left join discounts on discounts.profile_id = profiles.profile_id
left join coupons on coupons.profile_id = profiles.profile_id
left join campaigns on campaigns.profile_id = profiles.profile_id
left join households on households.profile_id = profiles.profile_id
settings join_algorithm = 'full_sorting_merge,parallel_hash'
