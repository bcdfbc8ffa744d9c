select profile_id
from sluice.events
where event_name = 'Product Viewed'
  and occurred_at <= {now:DateTime64(3, 'UTC')}
  and toFloat64OrNull(toString(properties.price)) between 5 and 10
group by profile_id
having uniqExact(toString(properties.sku)) >= 2
