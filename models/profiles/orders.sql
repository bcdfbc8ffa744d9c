-- Grain: one row per order of somebody whom we can tell apart. Key: order_id. Freshness: each build.
{{ config(order_by='(profile_id, order_id)') }}
with

-- an order with a line that nobody could read has no known sum: what is left of it would pass for all of it
till as (

    select
        order_id,
        any(profile_id) as profile_id,
        any(lines.source) as source,
        min(lines.ordered_at) as ordered_at,
        any(lines.store_id) as store_id,
        if(countIf(isNull(lines.net_amount)) > 0, null, sum(lines.net_amount)) as amount,
        if(countIf(isNull(lines.discount_amount)) > 0, null, sum(lines.discount_amount)) as discount_amount,
        if(countIf(isNull(lines.coupon_discount_amount)) > 0, null, sum(lines.coupon_discount_amount)) as coupon_discount_amount,
        count() as line_count,
        any(lines.currency_code) as currency_code
    from {{ ref('resolved_order_lines') }} as lines
    where channel = 'store'
    group by order_id

),

orders as (

    select
        order_id,
        profile_id,
        source,
        'store' as channel,
        store_id,
        ordered_at,
        'completed' as status,
        amount as gross_amount,
        -- goods that come back to a till are lines below zero
        cast(0, 'Nullable(Decimal(18, 2))') as refunded_amount,
        amount,
        discount_amount,
        coupon_discount_amount,
        currency_code,
        line_count
    from till

    union all

    select
        order_id,
        profile_id,
        source,
        'online',
        '',
        toNullable(ordered_at),
        status,
        gross_amount,
        refunded_amount,
        amount,
        discount_amount,
        null,
        currency_code,
        length(products)
    from {{ ref('resolved_online_orders') }}

)

select
    order_id,
    profile_id,
    cast(channel, 'LowCardinality(String)') as channel,
    cast(source, 'LowCardinality(String)') as source,
    store_id,
    ordered_at,
    cast(status, 'LowCardinality(String)') as status,
    {{ as_money('orders.amount') }} as amount,
    {{ as_money('orders.gross_amount') }} as gross_amount,
    {{ as_money('orders.refunded_amount') }} as refunded_amount,
    {{ as_money('orders.discount_amount') }} as discount_amount,
    {{ as_money('orders.coupon_discount_amount') }} as coupon_discount_amount,
    cast(currency_code, 'LowCardinality(String)') as currency_code,
    toUInt32(line_count) as line_count,
    now64(3, 'UTC') as computed_at
from orders
