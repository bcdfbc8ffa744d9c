-- Grain: one row per line of an order of a person. Key: line_id. Freshness: each build.
-- What segments ask of products: `related: orders.lines`. A receipt may list a product twice, so lines are numbered within their order.
{{ config(materialized='table', order_by='(order_id, line_id)') }}
select
    concat(
        order_id,
        ':',
        toString(row_number() over (partition by order_id order by product_id, net_amount, quantity, discount_amount))
    ) as line_id,
    order_id,
    product_id,
    product_name,
    category,
    quantity,
    net_amount,
    discount_amount,
    now64(3, 'UTC') as computed_at
from {{ ref('resolved_order_lines') }}
