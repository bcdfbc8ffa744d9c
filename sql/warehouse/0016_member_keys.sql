-- Members had the key of a person, a UUID, whatever they were. Now each has the key of its entity, of any type, as `member_id`.
--
-- UUIDs stay UUIDs on disk, in a column of their own; every other key is kept as the text that it prints. `member_id` is read off the two.
-- A column of the sorting key cannot be renamed: the tables are built aside with all their rows, and take the place of the old ones at once
-- when they are whole. Until then readers have the old ones, also after a crash; done again, the new ones are copied from themselves.

-- What the copies are made of, in the old table and in the new one.
alter table sluice_state.segment_members
    add column if not exists member_uuid UUID alias profile_id,
    add column if not exists member_text String;

-- Grain: one row per segment, version and member. Key: (segment_id, version, member_id). A version is dropped as a partition, three are kept.
create or replace table sluice_state.segment_members
(
    segment_id        LowCardinality(String)                      comment 'Segment',
    version           UInt64                                      comment 'Version of its membership; only versions in segment_versions count',
    member_uuid       UUID                                        comment 'Key of the member where it is a UUID',
    member_text       String                                      comment 'Key of the member as text where it is none; empty where it is one',
    entered_at        DateTime64(3, 'UTC')                        comment 'Publication that found the member in, after one that did not, in UTC',
    member_id         String alias if(member_text = '', toString(member_uuid), member_text) comment 'Member: key of an entity of the segment, as text',
    profile_id        UUID alias member_uuid                      comment 'For audience views of before: each is made anew, with the key of its entity, by the next publication'
)
engine = MergeTree
partition by (segment_id, version)
order by (member_uuid, member_text)
comment 'Members of each version of each segment'
as
select
    segment_id,
    version,
    member_uuid,
    member_text,
    entered_at
from sluice_state.segment_members
settings max_partitions_per_insert_block = 0;

alter table sluice_audit.membership_history
    add column if not exists member_uuid UUID alias profile_id,
    add column if not exists member_text String;

-- Grain: one row per segment, version and member that entered or left with it. Written after the version became current; kept for 400 days.
create or replace table sluice_audit.membership_history
(
    segment_id        LowCardinality(String)                      comment 'Segment',
    version           UInt64                                      comment 'Version with which it happened',
    member_uuid       UUID                                        comment 'Key of who entered or left where it is a UUID',
    member_text       String                                      comment 'Key of who entered or left as text where it is none; empty where it is one',
    event             LowCardinality(String)                      comment 'entered or left',
    reason            LowCardinality(String)                      comment 'data (the member changed), definition (the segment was edited or removed) or merge (two profiles became one)',
    occurred_at       DateTime64(3, 'UTC')                        comment 'When the publication began, in UTC',
    member_id         String alias if(member_text = '', toString(member_uuid), member_text) comment 'Who entered or left: key of an entity of the segment, as text'
)
engine = MergeTree
order by (segment_id, version, member_uuid, member_text)
ttl toDateTime(occurred_at) + interval 400 day
comment 'Who entered and left which segment, and when'
as
select
    segment_id,
    version,
    member_uuid,
    member_text,
    event,
    reason,
    occurred_at
from sluice_audit.membership_history;

alter table sluice_state.segment_versions
    comment column if exists entity 'What its members are: an entity of the catalogue';

-- Grain: one row per segment and current member. Key: (segment_id, member_id).
create or replace view sluice.segment_members
(
    segment_id        String                                      comment 'Segment',
    member_id         String                                      comment 'Member: key of an entity of the segment, as text; audience_<segment> has it in its own type',
    entered_at        DateTime64(3, 'UTC')                        comment 'Since when it is a member without a break, in UTC',
    version           UInt64                                      comment 'Version of the membership that is current'
)
definer = current_user sql security definer
as
select
    segment_id,
    member_id,
    entered_at,
    version
from sluice_state.segment_members
where (segment_id, version) in (
    select
        segment_id,
        max(version)
    from sluice_state.segment_versions
    group by segment_id
)
comment 'Current members of every segment';

-- Grain: one row per change of a membership. Key: (segment_id, version, member_id).
create or replace view sluice.segment_membership_events
(
    segment_id        String                                      comment 'Segment',
    member_id         String                                      comment 'Who entered or left: key of an entity of the segment, as text',
    event             String                                      comment 'entered or left',
    reason            String                                      comment 'data (the member changed), definition (the segment was edited or removed) or merge (two profiles became one)',
    occurred_at       DateTime64(3, 'UTC')                        comment 'When, in UTC',
    version           UInt64                                      comment 'Version with which it happened'
)
definer = current_user sql security definer
as
select
    segment_id,
    member_id,
    event,
    reason,
    occurred_at,
    version
from sluice_audit.membership_history
comment 'Who entered and left which segment, and when';
