-- Some destinations take a batch and work on it for a while. When the process dies meanwhile, the next one asks what became of the batch instead
-- of sending it again.

-- Grain: one row per batch of a run and step that its connector went on from. The newest is the one that counts.
create table if not exists sluice_state.sync_submitted
(
    sync_id      LowCardinality(String)  comment 'Sync',
    run_id       UUID                    comment 'Run',
    batch_id     String                  comment 'Idempotency key of the batch: run, first and last place, rows',
    step         String                  comment 'What the connector needs to ask what became of it: a job id. No secrets, no personal data',
    submitted_at DateTime64(6, 'UTC')    default now64(6, 'UTC') comment 'When the step was reached, in UTC'
)
engine = MergeTree
order by (sync_id, run_id, batch_id, submitted_at)
ttl toDateTime(submitted_at) + interval 90 day
comment 'Batches that a destination has taken and not yet finished. Kept 90 days';
