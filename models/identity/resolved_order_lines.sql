-- Grain: one row per line of an order of somebody whom we can tell apart. Key: none; a till may print a product twice.
-- Freshness: each build. Receipts of the till and 'Order Completed' events of site and app, in one shape.
{{ config(order_by='(profile_id, order_id)') }}
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
        lines.quantity as quantity,
        lines.net_amount as net_amount,
        lines.discount_amount as discount_amount,
        lines.coupon_discount_amount as coupon_discount_amount,
        {{ sql_text(source_format('pos').currency) }} as currency_code
    from (select *, {{ row_node('stg_pos__transactions') }} as node from {{ ref('stg_pos__transactions') }}) as lines
    inner join {{ ref('identity_map') }} as map on map.node = lines.node
    -- any: an assortment that lists a product twice must not double what was paid for it
    left any join {{ ref('stg_pos__products') }} as products on products.product_id = lines.product_id
    where lines.order_id != ''

),

-- what was cancelled was never bought
online as (

    select
        profile_id,
        order_id,
        source,
        'online' as channel,
        ordered_at,
        '' as store_id,
        product.product_id as product_id,
        product.name as product_name,
        product.category as category,
        product.quantity as quantity,
        product.amount as net_amount,
        -- the events give discounts by order, not by line
        cast(null, 'Nullable(Decimal(18, 2))') as discount_amount,
        cast(null, 'Nullable(Decimal(18, 2))') as coupon_discount_amount,
        currency_code
    from {{ ref('resolved_online_orders') }}
    array join products as product
    where status != 'cancelled'

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
    coupon_discount_amount,
    cast(currency_code, 'LowCardinality(String)') as currency_code
from (
    select * from till
    union all
    select * from online
)
