-- Grain: one row per line of a till receipt. Key: none; a till may print a product twice. Freshness: live view, as loaded.

select
    lines.order_id as order_id,
    lines.product_id as product_id,
    products.product_name as product_name,
    products.category as category,
    lines.quantity as quantity,
    lines.net_amount as net_amount,
    lines.discount_amount as discount_amount
from {{ ref('stg_pos__transactions') }} as lines
-- any: an assortment that lists a product twice must not double what was paid for it
left any join {{ ref('stg_pos__products') }} as products on products.product_id = lines.product_id
where lines.order_id != ''
