-- Lines of a receipt without a number belong to no order and no revenue: the build goes on and says so. The lines stay in stg_pos__transactions.
{{ config(severity='warn') }}

select
    loyalty_id,
    product_id,
    ordered_at
from {{ ref('stg_pos__transactions') }}
where order_id = ''
