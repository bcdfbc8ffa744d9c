select distinct profile_id
from (
    select profile_id
    from sluice.events
    where event_name in ('Email Opened', 'Email Clicked')
      and occurred_at <= {now:DateTime64(3, 'UTC')}
      and toString(properties.campaign_id) != ''
    group by profile_id, toString(properties.campaign_id)
    having countIf(event_name = 'Email Opened') > 0
        and maxIf(occurred_at, event_name = 'Email Opened') >= maxIf(occurred_at, event_name = 'Email Clicked')
)
