select profile_id
from sluice.events
where event_name in ('Email Opened', 'Email Clicked')
  and occurred_at > {now:DateTime64(3, 'UTC')} - interval 90 day
  and occurred_at <= {now:DateTime64(3, 'UTC')}
group by profile_id
having countIf(event_name = 'Email Opened') > 0 and countIf(event_name = 'Email Clicked') = 0
