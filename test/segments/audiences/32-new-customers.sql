select profile_id
from sluice.habits
where first_order_at > {now:DateTime64(3, 'UTC')} - interval 30 day and first_order_at <= {now:DateTime64(3, 'UTC')}
