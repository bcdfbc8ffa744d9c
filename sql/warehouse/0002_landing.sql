-- What clients send, as they sent it. Append-only: a row leaves by retention or erasure, never by an update.

-- Grain: one row per message, once parts are merged; until then a message that was sent twice may stand twice: read with FINAL.
-- A message's time differs between two deliveries of it (clocks are corrected by when it arrived), so only its id is in the key; and there
-- are no partitions, because ReplacingMergeTree never looks beyond one. The first delivery wins: later ones come from retries.
create table if not exists sluice_raw.events
(
    message_id         String                        comment 'Id that the client gave the message; made from its content where it gave none',
    type               LowCardinality(String)        comment 'track, identify, page, screen, group or alias',
    event              String                        comment 'Name of a tracked event, page or screen; empty for the others',
    source             LowCardinality(String)        comment 'Source that the write key belongs to',
    anonymous_id       String                        comment 'Id of a device or browser; empty when there is none',
    user_id            String                        comment 'Id of a person who is signed in; empty when there is none',
    previous_id        String                        comment 'For alias: the id that is given up; else empty',
    group_id           String                        comment 'For group: the account joined; else empty',
    occurred_at        DateTime64(3, 'UTC')          comment 'When it happened: the caller''s time, corrected where time_correction says so',
    original_timestamp Nullable(DateTime64(3, 'UTC')) comment 'When it happened by the clock of the client, uncorrected; NULL when it did not say or it cannot be a time',
    sent_at            Nullable(DateTime64(3, 'UTC')) comment 'When it was sent, by the clock of the client; not renewed on a retry by every client',
    received_at        DateTime64(3, 'UTC')          comment 'When it arrived, by our clock',
    time_correction    LowCardinality(String)        comment 'Empty; skew: the client''s clock was far off and was corrected; implausible: its time could not be and received_at was taken',
    message            String                        comment 'The accepted message as JSON text, with the context of its batch merged in' codec(ZSTD(3)),
    dedupe_version     UInt64                        materialized toUInt64(9223372036854775807 - toUnixTimestamp64Milli(received_at)) comment 'Largest for the first delivery, which is the one that stays'
)
engine = ReplacingMergeTree(dedupe_version)
order by message_id
settings non_replicated_deduplication_window = 1000
comment 'Messages of web pages, apps and servers. Read with FINAL: the staging view does';

-- Grain: one row per refusal. Nothing that reached us with a valid key is dropped without a row here. Kept for 90 days.
create table if not exists sluice_raw.rejected_events
(
    received_at   DateTime64(3, 'UTC')     comment 'When it arrived, by our clock',
    source        LowCardinality(String)   comment 'Source that the write key belongs to',
    message_id    String                   comment 'Id of the message, where it has one that can be read',
    reason        LowCardinality(String)   comment 'Why it was refused, as a stable word',
    detail        String                   comment 'The same as a sentence, with what would have been accepted',
    message       String                   comment 'What arrived, as text; cut after 64 KiB' codec(ZSTD(3)),
    message_bytes UInt64                   comment 'How long it was before the cut, in bytes',
    request_id    String                   comment 'Request that brought it: the X-Request-Id of the answer'
)
engine = MergeTree
order by (source, received_at)
ttl toDateTime(received_at) + interval 90 day
settings non_replicated_deduplication_window = 1000
comment 'Messages that could not be accepted, with the reason';
