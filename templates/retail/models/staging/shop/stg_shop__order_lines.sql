-- Grain: one row per product of an order, with what the assortment says of it. Key: (order_id, product_id). Freshness: live view, as loaded.
with

loaded as (

    {{ sluice.source_or_empty('shop', 'order_lines', {
        'order_id': 'String',
        'product_id': 'String',
        'quantity': 'Int64',
        'amount': 'Float64',
    }) }}

),

readable as (

    select
        {{ sluice.to_text('order_id') }} as order_id,
        {{ sluice.to_text('product_id') }} as product_id,
        {{ sluice.to_quantity('quantity', 'shop') }} as read_quantity,
        {{ sluice.to_money('amount', 'shop') }} as read_amount,
        {{ sluice.readings({'quantity': 'read_quantity', 'amount': 'read_amount'}) }} as readings
    from loaded

)

select
    lines.order_id as order_id,
    lines.product_id as product_id,
    products.title as product_name,
    products.department as department,
    products.brand as brand,
    lines.read_quantity as quantity,
    lines.read_amount as amount,
    lines.readings as readings
from readable as lines
-- any: an assortment that lists a product twice must not double what was paid for it
left any join {{ ref('stg_shop__products') }} as products on products.product_id = lines.product_id
