select profile_id
from sluice.orders
where store_id = 367 and ordered_at > {now:DateTime64(3, 'UTC')} - interval 180 day and ordered_at <= {now:DateTime64(3, 'UTC')}
group by profile_id
having count() >= 5
