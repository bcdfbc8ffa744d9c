-- The till's orders are its receipts, no cent more or less: what the models drop, double or round would show here. A receipt with a line that
-- could not be read has no known sum, and is left out on both sides; the models must not leave out any other.
with

receipts as (

    select
        order_id,
        sum(lines.net_amount) as amount
    from {{ ref('stg_pos__transactions') }} as lines
    where {{ sluice.row_node('stg_pos__transactions') }} in (select node from {{ ref('identity_map') }})
        and order_id != ''
    group by order_id
    having countIf(isNull(lines.net_amount)) = 0 and abs(amount) < 10000000000000000

),

published as (

    select
        count() as orders,
        sum(orders.amount) as amount
    from {{ ref('orders') }} as orders
    where channel = 'store' and isNotNull(orders.amount)

)

select
    total.amount as receipts_amount,
    published.amount as published_amount
from (select count() as orders, sum(receipts.amount) as amount from receipts) as total
cross join published
where total.orders != published.orders or ifNull(total.amount != published.amount, false)
