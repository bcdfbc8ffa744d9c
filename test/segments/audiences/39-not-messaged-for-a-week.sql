select profile_id
from sluice.profiles
where profile_id not in (
    select profile_id
    from sluice.events
    where event_name = 'Message Sent' and occurred_at > {now:DateTime64(3, 'UTC')} - interval 7 day and occurred_at <= {now:DateTime64(3, 'UTC')}
)
