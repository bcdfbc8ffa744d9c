select profile_id
from sluice.profile_traits
where lifetime_value >= (
    select arrayElement(arrayReverseSort(groupArray(lifetime_value)), toUInt32(ceil(count() / 10)))
    from sluice.profile_traits
)
