-- Grain: one row per order that belongs to no profile. Key: order_id. Freshness: each build.
-- What models of the project declare without an identifier that names a person: a sale at the counter, a guest without an address. With `orders` they
-- are all orders that were declared.
{{ config(order_by='order_id') }}
select
    order_id,
    cast(channel, 'LowCardinality(String)') as channel,
    cast(source, 'LowCardinality(String)') as source,
    location_id,
    ordered_at,
    cast(status, 'LowCardinality(String)') as status,
    toBool(is_cancelled) as is_cancelled,
    {{ as_money('declared.amount') }} as amount,
    {{ as_money('declared.gross_amount') }} as gross_amount,
    {{ as_money('declared.refunded_amount') }} as refunded_amount,
    {{ as_money('declared.discount_amount') }} as discount_amount,
    cast(currency_code, 'LowCardinality(String)') as currency_code,
    now64(3, 'UTC') as computed_at
from {{ ref('declared_orders') }} as declared
left anti join {{ ref('identity_map') }} as map on map.node = declared.node
