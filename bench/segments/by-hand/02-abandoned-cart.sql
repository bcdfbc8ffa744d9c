select profile_id
from (
    select
        profile_id,
        groupArrayIf(occurred_at, event_name = 'Product Added' and occurred_at > {now:DateTime64(3, 'UTC')} - interval 30 day and occurred_at <= {now:DateTime64(3, 'UTC')} - interval 24 hour) as carts,
        groupArrayIf(occurred_at, event_name = 'Order Completed') as orders
    from sluice.events
    where event_name in ('Product Added', 'Order Completed')
      and occurred_at > {now:DateTime64(3, 'UTC')} - interval 30 day
      and occurred_at <= {now:DateTime64(3, 'UTC')}
    group by profile_id
    having notEmpty(carts)
)
where arrayExists(cart -> not arrayExists(order -> order > cart and order <= cart + interval 24 hour, orders), carts)
