-- Grain: one row per person and currency of their orders. Key: (profile_id, currency_code). Freshness: each build.
-- What a person's orders come to. Two currencies are never added; an order without one adds to those without one. Cancelled orders are none.
{{ config(order_by='(profile_id, currency_code)') }}

select
    profile_id,
    currency_code,
    toUInt32(count()) as order_count,
    toUInt32(countIf(isNull(orders.amount))) as unknown_amount_count,
    {{ as_money('sum(orders.amount)') }} as revenue_total,
    {{ as_money('sum(orders.refunded_amount)') }} as refunded_total,
    {{ as_money('sum(orders.discount_amount)') }} as discount_total,
    min(orders.ordered_at) as first_order_at,
    max(orders.ordered_at) as last_order_at,
    now64(3, 'UTC') as computed_at
from {{ ref('orders') }} as orders
where not is_cancelled
group by profile_id, currency_code
