select profile_id
from sluice.profiles
where city not in ('', 'Gent')
