-- Files that were loaded, and the rows of them that could not be. The tables they are loaded into are named <source>__<table>.

-- Grain: one row per finished load of one file. Key: (load_id, finished_at). Kept as long as the rows are: it is how a file is known again.
create table if not exists sluice_audit.loads
(
    load_id       UUID                     comment 'Made from the content, source and table: the same file into the same table has the same id',
    content_hash  String                   comment 'SHA-256 of the file as it was read',
    source        LowCardinality(String)   comment 'Source that the file belongs to',
    table_name    LowCardinality(String)   comment 'Table of that source; in the warehouse <source>__<table>',
    file          String                   comment 'Name of the file, without its folder',
    format        LowCardinality(String)   comment 'csv, jsonl or parquet',
    mode          LowCardinality(String)   comment 'append: its rows came to those that were there; replace: they took their place',
    file_bytes    UInt64                   comment 'Size of the file as it was read, in bytes',
    rows_loaded   UInt64                   comment 'Rows that are in the table',
    rows_rejected UInt64                   comment 'Rows that are in sluice_raw.rejected_rows instead',
    started_at    DateTime64(3, 'UTC')     comment 'When the load began, in UTC',
    finished_at   DateTime64(3, 'UTC')     comment 'When its rows were in the table, in UTC'
)
engine = MergeTree
order by (source, table_name, finished_at)
comment 'One row per file loaded';

-- Grain: one row per row of a file that was refused. Kept for 90 days.
create table if not exists sluice_raw.rejected_rows
(
    load_id       UUID                     comment 'Load that refused it',
    source        LowCardinality(String)   comment 'Source that the file belongs to',
    table_name    LowCardinality(String)   comment 'Table it was meant for',
    file          String                   comment 'Name of the file, without its folder',
    line          UInt64                   comment 'Line of the file on which the row begins, counted from 1; of Parquet the number of the row',
    reason        String                   comment 'Why, as a sentence',
    row_text      String                   comment 'The row as it stands in the file; where a value does not fit its column, the fields as a JSON list' codec(ZSTD(3)),
    rejected_at   DateTime64(3, 'UTC')     default now64(3, 'UTC') comment 'When it was refused, in UTC'
)
engine = MergeTree
order by (source, table_name, load_id, line)
ttl toDateTime(rejected_at) + interval 90 day
settings non_replicated_deduplication_window = 1000
comment 'Rows of files that could not be loaded, with the reason';
