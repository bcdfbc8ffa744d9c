-- A sync may name columns that must be true before a row is sent. Rows without that consent are counted in the run: they are no faults.

alter table sluice_state.sync_runs
    add column if not exists held_by_consent UInt64 default 0
        comment 'Rows of the source that were not sent because they have no consent' after held;

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
    held_by_consent  UInt64                         comment 'Rows of the source that were not sent because they have no consent',
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
    held_by_consent,
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
