select people.profile_id as profile_id
from sluice.profiles as people
left join sluice.profile_traits as traits on traits.profile_id = people.profile_id
where people.country_code = 'NL'
   or (
        people.country_code != 'NL'
        and people.city != 'Gent'
        and not (traits.profile_id = people.profile_id and traits.order_count < 5 and coalesce(people.consent_email, false) = false)
    )
