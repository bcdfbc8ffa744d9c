select profile_id
from (
    select profile_id, source, occurred_at, min(occurred_at) over (partition by profile_id) as first_at
    from sluice.events
    where event_name = 'Order Completed' and occurred_at <= {now:DateTime64(3, 'UTC')}
)
group by profile_id
having countIf(source = 'store' and occurred_at = first_at) > 0 and countIf(source = 'web') > 0
