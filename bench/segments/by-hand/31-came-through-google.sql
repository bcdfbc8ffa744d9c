select profile_id
from sluice.events
where event_name = 'Page Viewed' and occurred_at <= {now:DateTime64(3, 'UTC')}
group by profile_id
having countIf(properties.utm_source.:String = 'google') > 0
   and minIf(occurred_at, properties.utm_source.:String = 'google') = min(occurred_at)
