select distinct profile_id
from sluice.events
where event_name = 'Order Completed'
  and occurred_at > {now:DateTime64(3, 'UTC')} - interval 90 day
  and occurred_at <= {now:DateTime64(3, 'UTC')}
  and (toDayOfWeek(toTimeZone(occurred_at, 'Europe/Brussels')) in (6, 7) or toHour(toTimeZone(occurred_at, 'Europe/Brussels')) >= 18)
