-- Memberships are published by version and pointer: a version is written whole, then one row in segment_versions makes it the current one.
-- Views run as their owner, so that who may read the published database needs no right on the state below it.
-- Who reads pins a version; a version without such a row (a crash, a guard that said no) is seen by nobody and dropped by the next run.

-- Grain: one row per segment, version and member. Key: (segment_id, version, profile_id). A version is dropped as a partition, three are kept.
create table if not exists sluice_state.segment_members
(
    segment_id        LowCardinality(String)                      comment 'Segment',
    version           UInt64                                      comment 'Version of its membership; only versions in segment_versions count',
    profile_id        UUID                                        comment 'Member: key of an entity of the segment',
    entered_at        DateTime64(3, 'UTC')                        comment 'Publication that found the member in, after one that did not, in UTC'
)
engine = MergeTree
partition by (segment_id, version)
order by profile_id
comment 'Members of each version of each segment';

-- Grain: one row per published version; the highest version of a segment is its current one. Key: (segment_id, version). Append-only.
create table if not exists sluice_state.segment_versions
(
    segment_id        String                                      comment 'Segment',
    version           UInt64                                      comment 'Rises with each publication',
    previous_version  UInt64                                      comment 'Version that it replaced; 0 for the first',
    title             String                                      comment 'Name for people',
    entity            LowCardinality(String)                      comment 'What its members are: person or account',
    size              UInt64                                      comment 'Members',
    entered_count     UInt64                                      comment 'Members that the version before did not have',
    left_count        UInt64                                      comment 'Members of the version before that this one does not have',
    definition        String                                      comment 'The segment''s document, as JSON',
    definition_hash   String                                      comment 'SHA-256 of the conditions: another hash means that the segment was edited',
    sql               String                                      comment 'SQL that found the members; values are parameters',
    as_of             DateTime64(3, 'UTC')                        comment 'Moment at which everything was looked at, in UTC',
    published_at      DateTime64(3, 'UTC')                        comment 'When the run that made it began, in UTC',
    seconds           Float64                                     comment 'How long finding and writing the members took',
    query_id          String                                      comment 'Query that did so, in system.query_log',
    is_retired        Bool                                        comment 'The segment was removed: nobody is a member any more'
)
engine = MergeTree
order by (segment_id, version)
comment 'Published versions: the pointer to the current members of each segment';

-- Grain: one row per publication that failed. The members that were published before stay current.
create table if not exists sluice_state.segment_failures
(
    segment_id        String                                      comment 'Segment',
    failed_at         DateTime64(3, 'UTC')                        comment 'When it failed, in UTC',
    code              LowCardinality(String)                      comment 'Code of the error, as docs/errors.md lists them',
    reason            String                                      comment 'What went wrong, for people'
)
engine = MergeTree
order by (segment_id, failed_at)
ttl toDateTime(failed_at) + interval 400 day
comment 'Publications that failed';

-- Grain: one row per segment, version and profile that entered or left with it. Written after the version became current; kept for 400 days.
create table if not exists sluice_audit.membership_history
(
    segment_id        LowCardinality(String)                      comment 'Segment',
    version           UInt64                                      comment 'Version with which it happened',
    profile_id        UUID                                        comment 'Who entered or left',
    event             LowCardinality(String)                      comment 'entered or left',
    reason            LowCardinality(String)                      comment 'data (the profile changed) or definition (the segment was edited or removed)',
    occurred_at       DateTime64(3, 'UTC')                        comment 'When the publication began, in UTC'
)
engine = MergeTree
order by (segment_id, version, profile_id)
ttl toDateTime(occurred_at) + interval 400 day
comment 'Who entered and left which segment, and when';

-- Grain: one row per segment that was published or tried. Key: segment_id.
create or replace view sluice.segments
(
    segment_id        String                                      comment 'Segment',
    name              String                                      comment 'Name for people',
    entity            String                                      comment 'What its members are: person or account',
    definition        String                                      comment 'The segment''s document, as JSON',
    sql               String                                      comment 'SQL that found the members; values are parameters',
    size              UInt64                                      comment 'Members',
    version           UInt64                                      comment 'Current version; 0 when it was never published',
    last_good_at      Nullable(DateTime64(3, 'UTC'))              comment 'When the current version was published, in UTC; NULL when it never was',
    failed_at         Nullable(DateTime64(3, 'UTC'))              comment 'When the last publication failed, in UTC; NULL when it did not',
    failed_reason     Nullable(String)                            comment 'Why the last publication failed; NULL when it did not'
)
definer = current_user sql security definer
as
with

attempts as (

    select
        segment_id,
        version,
        title,
        entity,
        definition,
        sql,
        size,
        published_at,
        is_retired,
        published_at as tried_at,
        '' as reason
    from sluice_state.segment_versions
    union all
    select
        segment_id,
        0,
        '',
        '',
        '',
        '',
        0,
        toDateTime64(0, 3, 'UTC'),
        false,
        failed_at,
        reason
    from sluice_state.segment_failures

)

select
    segment_id,
    argMax(title, attempts.version) as name,
    argMax(attempts.entity, attempts.version) as entity,
    argMax(attempts.definition, attempts.version) as definition,
    argMax(attempts.sql, attempts.version) as sql,
    argMax(attempts.size, attempts.version) as size,
    max(attempts.version) as version,
    if(max(attempts.version) = 0, null, max(published_at)) as last_good_at,
    if(argMax(reason, tried_at) = '', null, max(tried_at)) as failed_at,
    nullIf(argMax(reason, tried_at), '') as failed_reason
from attempts
group by segment_id
having not argMax(is_retired, attempts.version)
comment 'Segments: what they say, how many they hold, when they were last published and what went wrong since';

-- Grain: one row per segment and current member. Key: (segment_id, profile_id).
create or replace view sluice.segment_members
(
    segment_id        String                                      comment 'Segment',
    profile_id        UUID                                        comment 'Member: key of an entity of the segment',
    entered_at        DateTime64(3, 'UTC')                        comment 'Since when it is a member without a break, in UTC',
    version           UInt64                                      comment 'Version of the membership that is current'
)
definer = current_user sql security definer
as
select
    segment_id,
    profile_id,
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

-- Grain: one row per change of a membership. Key: (segment_id, version, profile_id).
create or replace view sluice.segment_membership_events
(
    segment_id        String                                      comment 'Segment',
    profile_id        UUID                                        comment 'Who entered or left',
    event             String                                      comment 'entered or left',
    reason            String                                      comment 'data (the profile changed) or definition (the segment was edited or removed)',
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
