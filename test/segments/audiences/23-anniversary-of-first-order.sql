with toDate(toTimeZone(first_order_at, 'Europe/Brussels')) as day
select profile_id
from sluice.habits
where toMonth(day) = 4 and toDayOfMonth(day) between 1 and 7 and toYear(day) < 2026
