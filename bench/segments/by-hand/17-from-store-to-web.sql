select profile_id
from sluice.events
where event_name = 'Order Completed' and occurred_at <= {now:DateTime64(3, 'UTC')}
group by profile_id
having countIf(source = 'web') > 0 and countIf(source = 'store') > 0 and minIf(occurred_at, source = 'store') = min(occurred_at)
