select profile_id
from sluice.orders
where toStartOfMonth(toTimeZone(ordered_at, 'Europe/Brussels')) = toStartOfMonth(toTimeZone({now:DateTime64(3, 'UTC')}, 'Europe/Brussels'))
  and ordered_at <= {now:DateTime64(3, 'UTC')}
group by profile_id
having count() >= 2
