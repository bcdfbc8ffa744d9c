select distinct profile_id
from sluice.events
where source = 'app'
  and event_name in ('Page Viewed', 'Product Viewed', 'Product Added', 'Order Completed')
  and occurred_at > {now:DateTime64(3, 'UTC')} - interval 30 day
  and occurred_at <= {now:DateTime64(3, 'UTC')}
