select distinct views.profile_id as profile_id
from sluice.events as views
inner join sluice.profile_traits as traits on traits.profile_id = views.profile_id
where views.event_name = 'Product Viewed' and views.occurred_at <= {now:DateTime64(3, 'UTC')} and views.occurred_at > traits.last_order_at
