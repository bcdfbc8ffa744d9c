select profile_id
from sluice.profile_traits
where lifetime_value is not null
order by lifetime_value desc, toString(profile_id)
limit 40
