-- A third reason: two profiles turned out to be one person.

alter table sluice_audit.membership_history
    comment column if exists reason 'data (the profile changed), definition (the segment was edited or removed) or merge (two profiles became one)';

-- Grain: one row per change of a membership. Key: (segment_id, version, profile_id).
create or replace view sluice.segment_membership_events
(
    segment_id        String                                      comment 'Segment',
    profile_id        UUID                                        comment 'Who entered or left',
    event             String                                      comment 'entered or left',
    reason            String                                      comment 'data (the profile changed), definition (the segment was edited or removed) or merge (two profiles became one)',
    occurred_at       DateTime64(3, 'UTC')                        comment 'When, in UTC',
    version           UInt64                                      comment 'Version with which it happened'
)
definer = current_user sql security definer
as
select
    segment_id,
    profile_id,
    event,
    reason,
    occurred_at,
    version
from sluice_audit.membership_history
comment 'Who entered and left which segment, and when';
