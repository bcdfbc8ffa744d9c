-- Raw tables that somebody dropped on purpose. A build takes such a table for one that was never loaded; one that is gone without a record here
-- was lost, and the build says so (sql/macros/source_or_empty.sql).

-- Grain: one row per raw table dropped with `sluice tables drop`. Key: (source, table_name, dropped_at). Kept for good.
create table if not exists sluice_audit.table_drops
(
    source       LowCardinality(String)   comment 'Source that the table belonged to',
    table_name   LowCardinality(String)   comment 'Table of that source; in the warehouse <source>__<table>',
    rows_dropped UInt64                   comment 'Rows that went with it',
    dropped_at   DateTime64(3, 'UTC')     comment 'When it was dropped, in UTC'
)
engine = MergeTree
order by (source, table_name, dropped_at)
comment 'One row per raw table dropped by command';
