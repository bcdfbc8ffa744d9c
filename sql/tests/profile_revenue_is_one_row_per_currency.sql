-- The grain of profile_revenue: whoever joins it by person and currency gets each sum once.
select profile_id, currency_code
from {{ ref('profile_revenue') }}
group by profile_id, currency_code
having count() > 1
