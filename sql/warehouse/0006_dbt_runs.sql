-- What was built and how it went: for `sluice status`, BI tools and whoever asks why a number is old. Kept for 400 days, so that a
-- year can be compared with the one before. Written once per run, when it has ended; a run of the plain dbt CLI writes nothing here.

-- Grain: one row per run of `sluice build` or of a schedule. Key: run_id.
create table if not exists sluice_audit.dbt_runs
(
    run_id            UUID                                        comment 'Id of the run',
    invocation_id     String                                      comment 'Id that dbt gave the run; stands in the comment of each of its queries; empty when dbt did not start',
    started_at        DateTime64(3, 'UTC')                        comment 'When the run started, in UTC',
    finished_at       DateTime64(3, 'UTC')                        comment 'When the run ended, in UTC',
    status            LowCardinality(String)                      comment 'success, failed (a model or test), cancelled, timed_out or crashed (no result)',
    selected          Array(String)                               comment 'What was asked for, as dbt selectors; empty for everything',
    is_full_refresh   Bool                                        comment 'Whether incremental models were to be built anew',
    models_built      UInt32                                      comment 'Models that were built',
    models_failed     UInt32                                      comment 'Models that failed; their last good tables stand',
    models_skipped    UInt32                                      comment 'Models left out because one before them failed',
    tests_passed      UInt32                                      comment 'Tests that passed',
    tests_warned      UInt32                                      comment 'Tests that found something that does not stop a build',
    tests_failed      UInt32                                      comment 'Tests that failed',
    failed_tests      Array(String)                               comment 'Names of the tests that failed',
    error             String                                      comment 'Why there is no result; empty when there is one'
)
engine = MergeTree
order by started_at
ttl toDateTime(started_at) + interval 400 day
comment 'One row per build';

-- Grain: one row per run and model. Key: (run_id, unique_id).
create table if not exists sluice_audit.dbt_run_models
(
    run_id            UUID                                        comment 'Run that it belongs to',
    started_at        DateTime64(3, 'UTC')                        comment 'When the run started, in UTC',
    unique_id         String                                      comment 'Name of the model in dbt, such as model.sluice.profiles',
    database_name     LowCardinality(String)                      comment 'Database of the table or view',
    table_name        LowCardinality(String)                      comment 'Name of the table or view',
    materialized      LowCardinality(String)                      comment 'table, view or connected_components',
    status            LowCardinality(String)                      comment 'success, error or skipped',
    row_count         Nullable(UInt64)                            comment 'Rows of the table after the run; NULL for views and for what was not built',
    seconds           Float64                                     comment 'How long it took',
    query_id          String                                      comment 'Query that filled it, in system.query_log; empty when none ran',
    error             String                                      comment 'What the database said; empty when it was built',
    compiled_path     String                                      comment 'File with the SQL that was run',
    compiled_line     Nullable(UInt32)                            comment 'Line of that file which the error is about, when the database says'
)
engine = MergeTree
order by (table_name, started_at)
ttl toDateTime(started_at) + interval 400 day
comment 'One row per build and model';
