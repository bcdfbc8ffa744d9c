-- What the syncs know: plans, what was sent with which outcome, and the runs. Append-only, so that every question about the past has an answer.

-- Grain: one row per key that is not as it should be, of a run that is being planned. The first half of a diff: no texts, so that a key
-- that has not changed costs a few bytes of memory.
create table if not exists sluice_state.sync_differences
(
    sync_id     LowCardinality(String)  comment 'Sync that the run belongs to',
    run_id      UUID                    comment 'Run that is being planned',
    key_hash    UInt128                 comment 'sipHash128 of the key',
    change      Enum8('add' = 1, 'change' = 2, 'remove' = 3, 'invalid' = 4, 'held' = 5) comment 'As in sync_plan',
    source_rows UInt32                  comment 'Rows of the source with this key; 0 for a removal'
)
engine = MergeTree
partition by (sync_id, run_id)
order by key_hash
-- Lives for the length of a run: merging its parts is work for nothing.
settings max_bytes_to_merge_at_max_space_in_pool = 1
comment 'Keys whose rows a sync is about to plan; empty between runs';

-- Grain: one row per difference of a run that is being delivered. A partition lives as long as its run (and its recovery, after a crash).
create table if not exists sluice_state.sync_plan
(
    sync_id      LowCardinality(String)  comment 'Sync that the run belongs to',
    run_id       UUID                    comment 'Run that will deliver the row',
    seq          UInt64                  comment 'Place in the plan from 1: removals, then rows to write, then rows that are not sent',
    change       Enum8('add' = 1, 'change' = 2, 'remove' = 3, 'invalid' = 4, 'held' = 5) comment 'invalid: stopped before sending; held: outcome unknown and not safe to repeat',
    operation    LowCardinality(String)  comment 'What the connector is asked to do: upsert, delete, add, remove; empty where nothing is sent',
    key_hash     UInt128                 comment 'sipHash128 of key',
    key          String                  comment 'Key fields as a JSON object',
    payload      String                  comment 'What is sent, as a JSON object, key fields first',
    payload_hash UInt64                  comment 'sipHash64 of payload; 0 for a removal',
    reason       String                  comment 'Why the row is not sent',
    source_rows  UInt32                  comment 'Rows of the source with this key; 0 for a removal',
    is_retry     Bool                    comment 'The destination refused the last attempt at this key'
)
engine = MergeTree
partition by (sync_id, run_id)
order by seq
-- Lives for the length of a run: merging its parts is work for nothing.
settings max_bytes_to_merge_at_max_space_in_pool = 1
comment 'Differences that a running sync is delivering; empty between runs';

-- Grain: one row per window of a plan that was about to be sent. A window without rows in the ledger has an unknown outcome.
create table if not exists sluice_state.sync_windows
(
    sync_id     LowCardinality(String)  comment 'Sync',
    run_id      UUID                    comment 'Run',
    first_seq   UInt64                  comment 'First place of the window in the plan',
    last_seq    UInt64                  comment 'Last place of the window in the plan',
    intended_at DateTime64(3, 'UTC')    default now64(3, 'UTC') comment 'Before the first request of the window left'
)
engine = MergeTree
order by (sync_id, run_id, first_seq)
ttl toDateTime(intended_at) + interval 90 day
comment 'Intents: which parts of a plan may have reached the destination. Kept 90 days';

-- Grain: one row per place of a plan whose outcome is not plain acceptance. Joined into the ledger when its window is closed.
create table if not exists sluice_state.sync_outcomes
(
    sync_id     LowCardinality(String)  comment 'Sync',
    run_id      UUID                    comment 'Run',
    seq         UInt64                  comment 'Place in the plan',
    outcome     Enum8('accepted' = 1, 'rejected' = 2, 'unknown' = 3, 'skipped' = 4) comment 'skipped: not sent, because the run was stopped',
    is_in_doubt Bool                    comment 'Refused or unanswered, and perhaps applied all the same',
    fault       LowCardinality(String)  comment 'Kind of fault; empty when accepted',
    message     String                  comment 'The destination''s reason, without secrets and personal data',
    field       String                  comment 'Field that the destination named',
    remote_id   String                  comment 'The destination''s own id of the row, where it tells one',
    recorded_at DateTime64(3, 'UTC')    default now64(3, 'UTC') comment 'When it was recorded'
)
engine = MergeTree
order by (sync_id, run_id, seq, recorded_at)
ttl toDateTime(recorded_at) + interval 7 day
comment 'Outcomes on their way into the ledger. Kept 7 days';

-- Grain: one row per (sync, key, attempt). The state of a destination is a query over it, so rows stay; payloads are cleared after 400 days.
create table if not exists sluice_state.sync_ledger
(
    sync_id      LowCardinality(String)  comment 'Sync',
    target       LowCardinality(String)  comment 'Destination, object, options and key fields the attempt went to: another target starts from nothing',
    key_hash     UInt128                 comment 'sipHash128 of key',
    run_number   UInt64                  comment 'Counts the runs of a sync: the order of attempts',
    run_id       UUID                    comment 'Run',
    seq          UInt64                  comment 'Place in the run''s plan',
    window_first UInt64                  comment 'First place of the window it was sent in',
    key          String                  comment 'Key fields as a JSON object' codec(ZSTD(1)),
    change       Enum8('add' = 1, 'change' = 2, 'remove' = 3) comment 'What the attempt was for',
    operation    LowCardinality(String)  comment 'upsert, delete, add, remove',
    payload      String                  comment 'What was sent, as a JSON object; cleared after 400 days' codec(ZSTD(1)) ttl toDateTime(recorded_at) + interval 400 day,
    payload_hash UInt64                  comment 'sipHash64 of payload; 0 for a removal',
    outcome      Enum8('accepted' = 1, 'rejected' = 2, 'unknown' = 3) comment 'What became of it',
    effect       Enum8('none' = 0, 'there' = 1, 'gone' = 2, 'uncertain' = 3) comment 'What the attempt says about the destination: none when it was refused for certain',
    fault        LowCardinality(String)  comment 'Kind of fault; empty when accepted',
    message      String                  comment 'The destination''s reason, without secrets and personal data',
    field        String                  comment 'Field that the destination named',
    remote_id    String                  comment 'The destination''s own id of the row',
    recorded_at  DateTime64(3, 'UTC')    default now64(3, 'UTC') comment 'When the outcome was recorded'
)
engine = MergeTree
order by (sync_id, target, key_hash, run_number)
-- A window of a run is a part of about 20 MB: in one file instead of one per column it costs half as much to write, and it is merged later.
-- The wider merges (base 20, not 5) rewrite a row less often: a third of what a delivery costs the server. 600 inserts then leave 16 parts.
settings non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 67108864, merge_selector_base = 20
comment 'Every row that was sent, with its outcome: the truth about what destinations hold';

-- Grain: one row per invalid key and run, at most 10,000 per run.
create table if not exists sluice_state.sync_invalid_rows
(
    sync_id     LowCardinality(String)  comment 'Sync',
    run_id      UUID                    comment 'Run',
    key         String                  comment 'Key fields as a JSON object',
    reason      String                  comment 'Why the rows were not sent',
    source_rows UInt32                  comment 'Rows of the source with this key',
    recorded_at DateTime64(3, 'UTC')    default now64(3, 'UTC') comment 'When it was recorded'
)
engine = MergeTree
order by (sync_id, run_id, key)
ttl toDateTime(recorded_at) + interval 90 day
comment 'Rows that were stopped before sending. Kept 90 days';

-- Grain: one row per step of a run (0 opened, 1 planned, 2 closed); the highest step is what it came to.
create table if not exists sluice_state.sync_runs
(
    sync_id         LowCardinality(String)        comment 'Sync',
    run_number      UInt64                        comment 'Counts the runs of the sync from 1',
    run_id          UUID                          comment 'Run',
    step            UInt8                         comment '0 opened, 1 planned, 2 closed',
    status          LowCardinality(String)        comment 'running, succeeded, with_errors, failed, cancelled',
    target          LowCardinality(String)        comment 'As in sync_ledger',
    definition_hash String                        comment 'Of the sync and the destination as they were: a recovery needs the same',
    source          String                        comment 'What was read, with its version',
    started_at      DateTime64(3, 'UTC')          comment 'When the run was opened',
    finished_at     Nullable(DateTime64(3, 'UTC')) comment 'When it was closed',
    adds            UInt64                        comment 'Planned rows that are new to the destination',
    changes         UInt64                        comment 'Planned rows that differ from what was sent, or whose outcome is unknown',
    removes         UInt64                        comment 'Planned removals',
    withheld        UInt64                        comment 'Removals that were not planned, because the source was empty',
    invalid         UInt64                        comment 'Rows of the source that were stopped before sending',
    held            UInt64                        comment 'Rows held for a person: outcome unknown and not safe to repeat',
    accepted        UInt64                        comment 'Rows that the destination took',
    rejected        UInt64                        comment 'Rows that the destination refused',
    unknown         UInt64                        comment 'Rows that were sent and not answered for',
    skipped         UInt64                        comment 'Planned rows that were not sent, because the run was stopped',
    removed         UInt64                        comment 'Removals among the accepted',
    diff_ms         UInt64                        comment 'Milliseconds for the diff',
    delivery_ms     UInt64                        comment 'Milliseconds for the delivery',
    error_code      String                        comment 'Why it failed, as docs/errors.md lists it',
    message         String                        comment 'Why it failed or what to look at, without personal data'
)
engine = MergeTree
order by (sync_id, run_number, step)
comment 'Runs of syncs, a row per step';

-- Grain: one row per run. planned = accepted + rejected + unknown + skipped once a run is closed. Kept for as long as the sync's ledger.
create or replace view sluice_audit.sync_runs
(
    sync_id     String                         comment 'Sync',
    run_number  UInt64                         comment 'Counts the runs of the sync from 1',
    run_id      UUID                           comment 'Run',
    status      String                         comment 'running, succeeded, with_errors, failed, cancelled',
    source      String                         comment 'What was read, with its version',
    started_at  DateTime64(3, 'UTC')           comment 'When the run was opened',
    finished_at Nullable(DateTime64(3, 'UTC')) comment 'When it was closed; null while it runs, or when the process died and no later run has cleaned up yet',
    planned     UInt64                         comment 'Rows to send: adds + changes + removes',
    adds        UInt64                         comment 'Planned rows that are new to the destination',
    changes     UInt64                         comment 'Planned rows that differ from what was sent, or whose outcome is unknown',
    removes     UInt64                         comment 'Planned removals',
    withheld    UInt64                         comment 'Removals that were not planned, because the source was empty',
    invalid     UInt64                         comment 'Rows of the source that were stopped before sending',
    held        UInt64                         comment 'Rows held for a person: outcome unknown and not safe to repeat',
    accepted    UInt64                         comment 'Rows that the destination took',
    rejected    UInt64                         comment 'Rows that the destination refused: sent again by later runs',
    unknown     UInt64                         comment 'Rows that were sent and not answered for',
    skipped     UInt64                         comment 'Planned rows that were not sent, because the run was stopped',
    removed     UInt64                         comment 'Removals among the accepted',
    diff_ms     UInt64                         comment 'Milliseconds for the diff',
    delivery_ms UInt64                         comment 'Milliseconds for the delivery',
    error_code  String                         comment 'Why it failed, as docs/errors.md lists it',
    message     String                         comment 'Why it failed or what to look at'
)
as select
    sync_id,
    run_number,
    run_id,
    status,
    source,
    started_at,
    finished_at,
    adds + changes + removes as planned,
    adds,
    changes,
    removes,
    withheld,
    invalid,
    held,
    accepted,
    rejected,
    unknown,
    skipped,
    removed,
    diff_ms,
    delivery_ms,
    error_code,
    message
from sluice_state.sync_runs
order by step desc
limit 1 by sync_id, run_number
comment 'What each run of each sync came to';

-- Grain: one row per row sent, and per key that was stopped before sending. Kept as long as the ledger; payloads 400 days, invalid rows 90 days.
create or replace view sluice_audit.sync_rows
(
    sync_id     String              comment 'Sync',
    run_id      UUID                comment 'Run',
    key         String              comment 'Key fields as a JSON object',
    change      String              comment 'add, change, remove; empty where nothing was sent',
    operation   String              comment 'What the destination was asked to do: upsert, delete, add, remove; empty where nothing was sent',
    outcome     String              comment 'accepted, rejected (by the destination), unknown (sent, not answered for), invalid (stopped before sending)',
    fault       String              comment 'Kind of fault; empty when accepted',
    message     String              comment 'The reason, without secrets and personal data',
    field       String              comment 'Field that the destination named',
    remote_id   String              comment 'The destination''s own id of the row',
    payload     String              comment 'What was sent, as a JSON object; cleared after 400 days',
    recorded_at DateTime64(3, 'UTC') comment 'When the outcome was recorded'
)
as select
    sync_id,
    run_id,
    key,
    toString(change) as change,
    operation,
    toString(outcome) as outcome,
    fault,
    message,
    field,
    remote_id,
    payload,
    recorded_at
from sluice_state.sync_ledger
union all
select
    sync_id,
    run_id,
    key,
    '' as change,
    '' as operation,
    'invalid' as outcome,
    'row_invalid' as fault,
    reason as message,
    '' as field,
    '' as remote_id,
    '' as payload,
    recorded_at
from sluice_state.sync_invalid_rows
comment 'What was sent to which destination and what became of it, row by row';
