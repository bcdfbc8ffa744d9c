select profile_id
from sluice.events
where event_name = 'Product Viewed'
  and occurred_at > {now:DateTime64(3, 'UTC')} - interval 90 day
  and occurred_at <= {now:DateTime64(3, 'UTC')}
group by profile_id
having max(occurred_at) <= {now:DateTime64(3, 'UTC')} - interval 30 day
