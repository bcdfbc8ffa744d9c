select profile_id
from (
    select profile_id, toString(properties.utm_source) as utm, occurred_at, min(occurred_at) over (partition by profile_id) as first_at
    from sluice.events
    where event_name = 'Page Viewed' and occurred_at <= {now:DateTime64(3, 'UTC')}
)
where occurred_at = first_at and utm = 'google'
group by profile_id
