select profile_id
from sluice.events
where event_name = 'Order Completed'
  and source = 'web'
  and occurred_at > toDateTime64('2025-03-31 12:00:00', 3, 'UTC')
  and occurred_at <= {now:DateTime64(3, 'UTC')}
group by profile_id
having sum(toDecimal64OrZero(toString(properties.revenue), 2)) > 200
