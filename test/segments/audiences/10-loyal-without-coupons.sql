select member_uuid as profile_id
from sluice_state.segment_members
where segment_id = 'loyal' and version = 3
  and member_uuid not in (select member_uuid from sluice_state.segment_members where segment_id = 'coupon-lovers' and version = 1)
