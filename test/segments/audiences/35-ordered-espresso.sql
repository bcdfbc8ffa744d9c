select distinct profile_id
from sluice.events
where event_name = 'Order Completed'
  and occurred_at <= {now:DateTime64(3, 'UTC')}
  and has(properties.skus.:`Array(Nullable(String))`, 'espresso')
