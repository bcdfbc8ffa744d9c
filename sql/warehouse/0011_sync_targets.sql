-- Where the rows of a sync go is more than the name of its destination: host, database, schema, table, folder, account. The address is a part
-- of the target now, and what happens to a place (dropped, emptied, reset) begins a new part of the ledger instead of changing the old one.

-- Grain: one row per thing that a run, a resync or a reset found out about a place. The row with the highest number of a place counts.
create table if not exists sluice_state.sync_targets
(
    sync_id     LowCardinality(String)  comment 'Sync',
    place       String                  comment 'Hash of where rows go: connector, object, address and key fields',
    number      UInt64                  comment 'Counts the rows of a sync from 1: the order in which things were found out',
    target      String                  comment 'Part of the ledger that says what is there: sync_ledger.target',
    address     String                  comment 'The place for people, without secrets',
    identity    String                  comment 'What the destination told the place by when it was last seen (a table''s oid); empty when it cannot tell',
    contents    String                  comment 'The same for what is in it: another text after a truncate',
    reason      LowCardinality(String)  comment 'first, carried_over (from before addresses counted), moved, missing, recreated, truncated, replaced, reset, seen',
    recorded_at DateTime64(3, 'UTC')    default now64(3, 'UTC') comment 'When it was recorded'
)
engine = MergeTree
order by (sync_id, place, number)
comment 'Places that syncs send to, and the part of the ledger that is true of each';

-- Rows that were turned away before the destination looked at them (no connection, a login that failed) were not rejected.
alter table sluice_state.sync_outcomes
    modify column if exists outcome Enum8('accepted' = 1, 'rejected' = 2, 'unknown' = 3, 'skipped' = 4, 'not_sent' = 5)
        comment 'skipped: not tried, because the run was stopped; not_sent: turned away before the destination looked at the row';

alter table sluice_state.sync_ledger
    modify column if exists outcome Enum8('accepted' = 1, 'rejected' = 2, 'unknown' = 3, 'not_sent' = 4)
        comment 'What became of it; not_sent: turned away before the destination looked at the row';

alter table sluice_state.sync_runs
    add column if not exists kind LowCardinality(String) default 'run'
        comment 'run; resync: everything is to be sent again; reset: what was sent has been forgotten' after status,
    add column if not exists allowed_removals Nullable(UInt64) default null
        comment 'Removals that a person allowed this one run, in place of the guard' after kind,
    add column if not exists address String default ''
        comment 'Where rows went, for people, without secrets' after target,
    modify column if exists skipped UInt64
        comment 'Planned rows that were not sent: the run was stopped, or they were turned away before the destination looked at them';

create or replace view sluice_audit.sync_runs
(
    sync_id          String                         comment 'Sync',
    run_number       UInt64                         comment 'Counts the runs of the sync from 1, requests for a resync and a reset among them',
    run_id           UUID                           comment 'Run',
    kind             String                         comment 'run; resync: a request to send everything again; reset: what was sent has been forgotten',
    status           String                         comment 'running, succeeded, with_errors, failed, cancelled',
    source           String                         comment 'What was read, with its version; empty when the run could not start',
    address          String                         comment 'Where rows went, without secrets; empty when the run could not start, and for runs of earlier versions',
    started_at       DateTime64(3, 'UTC')           comment 'When the run was opened',
    finished_at      Nullable(DateTime64(3, 'UTC')) comment 'When it was closed; null while it runs, or when the process died and no later run has cleaned up yet',
    planned          UInt64                         comment 'Rows to send: adds + changes + removes',
    adds             UInt64                         comment 'Planned rows that are new to the destination',
    changes          UInt64                         comment 'Planned rows that differ from what was sent, or whose outcome is unknown',
    removes          UInt64                         comment 'Planned removals',
    withheld         UInt64                         comment 'Removals that were not planned, because the source was empty',
    invalid          UInt64                         comment 'Rows of the source that were stopped before sending',
    held             UInt64                         comment 'Rows held for a person: outcome unknown and not safe to repeat',
    accepted         UInt64                         comment 'Rows that the destination took',
    rejected         UInt64                         comment 'Rows that the destination refused: sent again by later runs',
    unknown          UInt64                         comment 'Rows that were sent and not answered for',
    skipped          UInt64                         comment 'Planned rows that were not sent: the run was stopped, or there was no connection, or the login failed',
    removed          UInt64                         comment 'Removals among the accepted',
    allowed_removals Nullable(UInt64)               comment 'Removals that a person allowed this one run, in place of the guard; null where nobody did',
    diff_ms          UInt64                         comment 'Milliseconds for the diff',
    delivery_ms      UInt64                         comment 'Milliseconds for the delivery',
    error_code       String                         comment 'Why it failed, as docs/errors.md lists it',
    message          String                         comment 'Why it failed or what to look at'
)
as select
    sync_id,
    run_number,
    run_id,
    kind,
    status,
    source,
    address,
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
    allowed_removals,
    diff_ms,
    delivery_ms,
    error_code,
    message
from sluice_state.sync_runs
order by step desc
limit 1 by sync_id, run_number
comment 'What each run of each sync came to';

-- The marks that a resync leaves in the ledger are no rows that were sent.
create or replace view sluice_audit.sync_rows
(
    sync_id     String              comment 'Sync',
    run_id      UUID                comment 'Run',
    key         String              comment 'Key fields as a JSON object',
    change      String              comment 'add, change, remove; empty where nothing was sent',
    operation   String              comment 'What the destination was asked to do: upsert, delete, add, remove; empty where nothing was sent',
    outcome     String              comment 'accepted, rejected (by the destination), unknown (sent, not answered for), not_sent (turned away before the destination looked at the row), invalid (stopped before sending)',
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
where operation != 'resync'
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
