-- Whoever joins the two must never lose anybody: they hold the same people.
select profile_id
from {{ ref('profiles') }}
where profile_id not in (select profile_id from {{ ref('profile_traits') }})
