select account_id
from sluice.account_members
where profile_id in (
    select profile_id
    from sluice.events
    where event_name = 'Page Viewed' and occurred_at > {now:DateTime64(3, 'UTC')} - interval 30 day and occurred_at <= {now:DateTime64(3, 'UTC')}
)
group by account_id
having uniqExact(profile_id) >= 3
