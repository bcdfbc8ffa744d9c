-- Who is held out of a segment: found with its members, kept beside them and never sent. To measure what a campaign does, the members are
-- compared with the held-out; so a version keeps both, and says since when each was in it.

-- Grain: one row per segment, version and held-out. Key: (segment_id, version, member_id). Dropped with the version's members.
create table if not exists sluice_state.segment_holdouts
(
    segment_id        LowCardinality(String)                      comment 'Segment',
    version           UInt64                                      comment 'Version of its membership; only versions in segment_versions count',
    member_uuid       UUID                                        comment 'Key of who is held out where it is a UUID',
    member_text       String                                      comment 'Key of who is held out as text where it is none; empty where it is one',
    entered_at        DateTime64(3, 'UTC')                        comment 'Publication that held it out, after one that did not, in UTC',
    member_id         String alias if(member_text = '', toString(member_uuid), member_text) comment 'Who is held out: key of an entity of the segment, as text'
)
engine = MergeTree
partition by (segment_id, version)
order by (member_uuid, member_text)
comment 'Held-out of each version of each segment: the conditions hold for them, and they are no members';

-- Grain: one row per segment, held-out and stretch of time. Written when a version becomes current; kept for 400 days.
create table if not exists sluice_audit.holdout_history
(
    segment_id        LowCardinality(String)                      comment 'Segment',
    version           UInt64                                      comment 'Version with which it happened',
    member_uuid       UUID                                        comment 'Key of who it is where it is a UUID',
    member_text       String                                      comment 'Key of who it is as text where it is none; empty where it is one',
    event             LowCardinality(String)                      comment 'entered or left the holdout',
    occurred_at       DateTime64(3, 'UTC')                        comment 'When the publication began, in UTC',
    member_id         String alias if(member_text = '', toString(member_uuid), member_text) comment 'Who it is: key of an entity of the segment, as text'
)
engine = MergeTree
order by (segment_id, version, member_uuid, member_text)
ttl toDateTime(occurred_at) + interval 400 day
comment 'Who entered and left the holdout of which segment, and when';

-- Grain: one row per segment and held-out. Key: (segment_id, member_id).
create or replace view sluice.segment_holdouts
(
    segment_id        String                                      comment 'Segment',
    member_id         String                                      comment 'Who is held out: key of an entity of the segment, as text; audience_<segment>_holdout has it in its own type',
    entered_at        DateTime64(3, 'UTC')                        comment 'Since when it is held out without a break, in UTC',
    version           UInt64                                      comment 'Version of the membership that is current'
)
definer = current_user sql security definer
as
select
    segment_id,
    member_id,
    entered_at,
    version
from sluice_state.segment_holdouts
where (segment_id, version) in (
    select
        segment_id,
        max(version)
    from sluice_state.segment_versions
    group by segment_id
)
comment 'Current held-out of every segment: the conditions hold for them, and they are no members';
