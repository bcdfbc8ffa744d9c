select profile_id
from sluice.profiles
where lower(email) like '%@acme.example'
