-- Segments that are published together share the scans of their events: which of them each entity is in is found by one query, and each
-- segment's members are then read from here.

-- Grain: one row per run and entity that is in at least one of the run's segments. A run drops its partition when its segments are published.
create table if not exists sluice_state.segment_evaluations
(
    run_id            String                                      comment 'Evaluation of several segments at one moment',
    member_uuid       UUID                                        comment 'Key of the entity where it is a UUID',
    member_text       String                                      comment 'Key of the entity as text where it is none; empty where it is one',
    segments          UInt64                                      comment 'A bit for each segment of the run that the entity is in: the lowest for the first',
    evaluated_at      DateTime('UTC') default now()               comment 'When the row was written, in UTC'
)
engine = MergeTree
partition by run_id
order by tuple()
ttl evaluated_at + interval 1 day
settings ttl_only_drop_parts = 1
comment 'Work table of publications: members of several segments that were evaluated together';
