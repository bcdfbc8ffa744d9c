select profile_id
from sluice.profiles
where email != ''
  and profile_id not in (select profile_id from sluice.events where event_name = 'Email Opened' and occurred_at <= {now:DateTime64(3, 'UTC')})
