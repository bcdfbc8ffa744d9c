-- The till's orders are its receipts, no cent more or less: what the models drop, double or round would show here.
with

receipts as (

    select sum(net_amount) as amount
    from {{ ref('stg_pos__transactions') }} as lines
    where {{ row_node('stg_pos__transactions') }} in (select node from {{ ref('identity_map') }})

),

published as (

    select sum(amount) as amount
    from {{ ref('orders') }}
    where channel = 'store'

)

select
    receipts.amount as receipts_amount,
    published.amount as published_amount
from receipts
cross join published
where receipts.amount != published.amount
