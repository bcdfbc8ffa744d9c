-- A member of a version may have been merged into another profile since: only people who are there.
select profile_id
from sluice.profiles
where profile_id in (select member_uuid from sluice_state.segment_members where segment_id = 'loyal' and version = 3)
  and profile_id not in (select member_uuid from sluice_state.segment_members where segment_id = 'coupon-lovers' and version = 1)
