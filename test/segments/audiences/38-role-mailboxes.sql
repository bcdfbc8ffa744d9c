select profile_id
from sluice.profiles
where email like 'info@%' or email like 'sales@%' or email like '%+%'
