select profile_id
from sluice.profiles
where coalesce(consent_email, false) = false
