select profile_id
from sluice.events
where event_name = 'Order Completed' and toYear(toTimeZone(occurred_at, 'Europe/Brussels')) = 2025
group by profile_id
having count() in (2, 3)
