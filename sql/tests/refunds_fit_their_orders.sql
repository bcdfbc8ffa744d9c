-- A refund larger than its order is a mistake of the source that reported it, or a report that came twice: the order counts as refunded, nothing is
-- taken from other orders, and the build says so.
{{ config(severity='warn') }}

select
    order_id,
    gross_amount,
    refunded_amount
from {{ ref('orders') }}
where refunded_amount > gross_amount
