with
    carts as (
        select distinct profile_id, occurred_at as added_at
        from sluice.events
        where event_name = 'Product Added'
          and occurred_at > {now:DateTime64(3, 'UTC')} - interval 30 day
          and occurred_at <= {now:DateTime64(3, 'UTC')} - interval 24 hour
    ),
    rescued as (
        select carts.profile_id as profile_id, carts.added_at as added_at
        from carts
        inner join sluice.events as orders on orders.profile_id = carts.profile_id
        where orders.event_name = 'Order Completed'
          and dateDiff('millisecond', carts.added_at, orders.occurred_at) between 1 and 86400000
    )
select distinct profile_id
from carts
where (profile_id, added_at) not in (select profile_id, added_at from rescued)
