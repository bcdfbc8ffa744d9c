with orders as (
    select profile_id, occurred_at > {now:DateTime64(3, 'UTC')} - interval 30 day as is_recent, toDecimal64(toString(properties.revenue), 2) as revenue
    from sluice.events
    where event_name = 'Order Completed'
      and occurred_at > {now:DateTime64(3, 'UTC')} - interval 120 day
      and occurred_at <= {now:DateTime64(3, 'UTC')}
      and properties.revenue is not null
)
select profile_id
from orders
group by profile_id
having countIf(is_recent) > 0 and countIf(not is_recent) > 0 and 6 * sumIf(revenue, is_recent) < sumIf(revenue, not is_recent)
