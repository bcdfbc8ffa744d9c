-- Grain: one row per order that belongs to a profile. Key: order_id. Freshness: each build.
-- What models of the project declare, and what sites and apps report with events.
{{ config(order_by='(profile_id, order_id)') }}
with

lines as (

    select order_id, count() as line_count
    from {{ ref('resolved_order_lines') }}
    group by order_id

),

orders as (

    select
        declared.order_id as order_id,
        declared.profile_id as profile_id,
        toString(declared.source) as source,
        toString(declared.channel) as channel,
        declared.location_id as location_id,
        declared.ordered_at as ordered_at,
        toString(declared.status) as status,
        declared.is_cancelled as is_cancelled,
        declared.gross_amount as gross_amount,
        declared.refunded_amount as refunded_amount,
        declared.amount as amount,
        declared.discount_amount as discount_amount,
        toString(declared.currency_code) as currency_code,
        lines.line_count as line_count
    from {{ ref('resolved_declared_orders') }} as declared
    left join lines on lines.order_id = declared.order_id

    union all

    select
        order_id,
        profile_id,
        toString(source),
        'online',
        '',
        toNullable(ordered_at),
        toString(status),
        status = 'cancelled',
        gross_amount,
        refunded_amount,
        amount,
        discount_amount,
        toString(currency_code),
        length(products)
    from {{ ref('resolved_online_orders') }}

)

select
    order_id,
    profile_id,
    cast(channel, 'LowCardinality(String)') as channel,
    cast(source, 'LowCardinality(String)') as source,
    location_id,
    ordered_at,
    cast(status, 'LowCardinality(String)') as status,
    toBool(is_cancelled) as is_cancelled,
    {{ as_money('orders.amount') }} as amount,
    {{ as_money('orders.gross_amount') }} as gross_amount,
    {{ as_money('orders.refunded_amount') }} as refunded_amount,
    {{ as_money('orders.discount_amount') }} as discount_amount,
    cast(currency_code, 'LowCardinality(String)') as currency_code,
    toUInt32(line_count) as line_count,
    now64(3, 'UTC') as computed_at
from orders
