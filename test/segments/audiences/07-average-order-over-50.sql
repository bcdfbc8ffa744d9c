select profile_id
from sluice.orders
where ordered_at > toDateTime64('2025-03-31 12:00:00', 3, 'UTC') and ordered_at <= {now:DateTime64(3, 'UTC')}
group by profile_id
having sum(amount) > 50 * count(amount) and count(amount) > 0
