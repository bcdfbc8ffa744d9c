select traits.profile_id as profile_id
from sluice.profile_traits as traits
inner join sluice.profiles as people on people.profile_id = traits.profile_id
where traits.order_count >= 5
  and traits.lifetime_value >= 200
  and not coalesce(traits.last_order_at > {now:DateTime64(3, 'UTC')} - interval 60 day and traits.last_order_at <= {now:DateTime64(3, 'UTC')}, false)
  and coalesce(people.consent_email, true)
