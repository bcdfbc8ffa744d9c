select profile_id
from sluice.habits
where next_order_on < toDate({now:DateTime64(3, 'UTC')}, 'Europe/Brussels')
