-- Requests of clients that were refused as a whole: a wrong key, a body that cannot be read. SDKs drop what is refused and say nothing, so
-- this is where it can be seen. Counts only: what a stranger sends with a wrong key is not ours to keep. What came with a valid key is in
-- sluice_raw.rejected_events as well.

-- Grain: one row per ten seconds, process, source, key and reason; add request_count up. Kept for 90 days.
create table if not exists sluice_audit.refused_requests
(
    first_at      DateTime64(3, 'UTC')     comment 'When the first of them arrived, by our clock',
    last_at       DateTime64(3, 'UTC')     comment 'When the last of them arrived, by our clock',
    source        LowCardinality(String)   comment 'Source that the key belongs to; empty when the key is missing or not valid',
    key_prefix    String                   comment 'The first characters of the key, as sluice keys list shows them; of what is no key of Sluice four; empty when there was none',
    reason        LowCardinality(String)   comment 'Code of the error that was answered (docs/errors.md)',
    request_count UInt64                   comment 'How many requests'
)
engine = MergeTree
order by (source, key_prefix, reason, first_at)
ttl toDateTime(first_at) + interval 90 day
settings non_replicated_deduplication_window = 1000
comment 'Collection requests that were refused as a whole, counted by source, key and reason';
