-- The grain of profile_revenue: a join by person and currency gives each sum once.
select profile_id, currency_code
from {{ ref('profile_revenue') }}
group by profile_id, currency_code
having count() > 1
