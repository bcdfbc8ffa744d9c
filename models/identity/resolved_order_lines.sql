-- Grain: one row per line of an order of somebody whom we can tell apart. Key: none; a till may print a product twice.
-- Freshness: each build. Receipts of the till and 'Order Completed' events of site and app, in one shape.
{{ config(order_by='(profile_id, ordered_at, order_id)') }}
with

till as (

    select
        map.profile_id as profile_id,
        lines.order_id as order_id,
        'pos' as source,
        'store' as channel,
        lines.ordered_at as ordered_at,
        lines.store_id as store_id,
        lines.product_id as product_id,
        products.product_name as product_name,
        products.category as category,
        toFloat64(lines.quantity) as quantity,
        lines.net_amount as net_amount,
        lines.discount_amount as discount_amount,
        lines.coupon_discount_amount as coupon_discount_amount
    from {{ ref('stg_pos__transactions') }} as lines
    inner join {{ ref('identity_map') }} as map
        on map.node = {{ identifier_node("'person'", "'loyalty_id'", normalise_identifier('person', 'loyalty_id', 'lines.loyalty_id')) }}
    left join {{ ref('stg_pos__products') }} as products on products.product_id = lines.product_id

),

-- one order may be reported by several calls: the first that names its products says what was in it
carts as (

    select
        {{ online_order_id('cart') }} as order_id,
        argMin(profile_id, (occurred_at, message_id)) as profile_id,
        argMin(cart.source, (occurred_at, message_id)) as source,
        min(occurred_at) as ordered_at,
        argMin(
            JSONExtract(toJSONString(properties), 'products', $$Array(Tuple(
                product_id String, sku String, name String, category String, price Float64, quantity Float64
            ))$$),
            (occurred_at, message_id)
        ) as products
    from {{ ref('resolved_events') }} as cart
    where event_name = 'Order Completed'
    group by order_id

),

online as (

    select
        profile_id,
        order_id,
        source,
        'online' as channel,
        ordered_at,
        '' as store_id,
        if(product.product_id != '', product.product_id, product.sku) as product_id,
        product.name as product_name,
        product.category as category,
        if(product.quantity = 0, 1, product.quantity) as line_quantity,
        toDecimal64(toString(round(product.price * line_quantity, 2)), 2) as net_amount,
        toDecimal64(0, 2) as discount_amount,
        toDecimal64(0, 2) as coupon_discount_amount
    from carts
    array join products as product

)

select
    profile_id,
    order_id,
    cast(source, 'LowCardinality(String)') as source,
    cast(channel, 'LowCardinality(String)') as channel,
    ordered_at,
    store_id,
    product_id,
    product_name,
    cast(category, 'LowCardinality(String)') as category,
    quantity,
    net_amount,
    discount_amount,
    coupon_discount_amount
from (
    select * from till
    union all
    select * from online
)
