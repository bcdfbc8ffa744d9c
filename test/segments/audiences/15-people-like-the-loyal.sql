select profile_id
from (
    select
        profile_id,
        row_number() over (order by likeness desc, toString(profile_id)) as place,
        count() over () as people
    from sluice.habits
    where likeness is not null
      and profile_id not in (select member_uuid from sluice_state.segment_members where segment_id = 'loyal' and version = 3)
)
where place <= ceil(people / 20)
