-- Grain: one row per order of somebody whom we can tell apart. Key: order_id. Freshness: each build.
{{ config(order_by='(profile_id, ordered_at)') }}
with

till as (

    select
        order_id,
        any(profile_id) as profile_id,
        any(lines.source) as source,
        min(lines.ordered_at) as ordered_at,
        any(lines.store_id) as store_id,
        sum(lines.net_amount) as amount,
        sum(lines.discount_amount) as discount_amount,
        sum(lines.coupon_discount_amount) as coupon_discount_amount,
        count() as line_count,
        '{{ var('pos_currency') }}' as currency_code
    from {{ ref('resolved_order_lines') }} as lines
    where channel = 'store'
    group by order_id

),

-- the same order may be reported twice (a retry with a new message id, the site and the server): the first report counts
online as (

    select
        {{ online_order_id('reports') }} as order_id,
        argMin(reports.profile_id, (reports.occurred_at, message_id)) as profile_id,
        argMin(reports.source, (reports.occurred_at, message_id)) as source,
        min(reports.occurred_at) as ordered_at,
        argMin({{ online_order_amount() }}, (reports.occurred_at, message_id)) as amount,
        argMin({{ to_money('properties.discount') }}, (reports.occurred_at, message_id)) as discount_amount,
        argMin(
            if(ifNull(toString(properties.currency), '') = '', '{{ var('pos_currency') }}', upper(toString(properties.currency))),
            (reports.occurred_at, message_id)
        ) as currency_code,
        argMin(ifNull(length(JSONExtractArrayRaw(toJSONString(properties), 'products')), 0), (reports.occurred_at, message_id)) as line_count
    from {{ ref('resolved_events') }} as reports
    where event_name = 'Order Completed'
    group by order_id

),

orders as (

    select order_id, profile_id, source, 'store' as channel, store_id, ordered_at, amount, discount_amount, coupon_discount_amount,
        currency_code, line_count
    from till
    union all
    select order_id, profile_id, source, 'online', '', ordered_at, amount, discount_amount, toDecimal64(0, 2), currency_code, line_count
    from online

)

select
    order_id,
    profile_id,
    cast(channel, 'LowCardinality(String)') as channel,
    cast(source, 'LowCardinality(String)') as source,
    store_id,
    ordered_at,
    cast('completed', 'LowCardinality(String)') as status,
    cast(amount, 'Decimal(18, 2)') as amount,
    cast(discount_amount, 'Decimal(18, 2)') as discount_amount,
    cast(coupon_discount_amount, 'Decimal(18, 2)') as coupon_discount_amount,
    cast(ifNull(currency_code, ''), 'LowCardinality(String)') as currency_code,
    toUInt32(line_count) as line_count,
    now64(3, 'UTC') as computed_at
from orders
