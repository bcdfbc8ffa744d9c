-- A message id is unique within its source only: two sources may count 1, 2, 3. So the source becomes a part of the key.
--
-- No row is copied and no table is exchanged, so that other processes may go on writing meanwhile and a crash leaves nothing half done. The
-- key can only be widened by a column that is new and has no default; that it is the source is said in the second statement. For the parts
-- that are there the column is read from the source of each row. They need not be sorted again: within a part no message id stands twice.

alter table sluice_raw.events
    add column if not exists message_source LowCardinality(String) comment 'The source once more, as a part of the key',
    modify order by (message_id, message_source);

alter table sluice_raw.events
    modify column if exists message_source LowCardinality(String) materialized source;

-- Numbers stay as they were written, however long. ClickHouse would round those or fail on them, so its readers take them as texts; to
-- look for them in all messages would take longer than all other reading. The collector says it; the default serves whoever else writes.
alter table sluice_raw.events
    add column if not exists has_long_numbers Bool
        default match(message, $$[:,\[]\s*-?\d([\d.]{15}|[\d.]*[eE])$$)
        comment 'Whether a number in the message may fit neither a 64-bit integer nor a double: such a number is read as a text';

-- In the background: until a part has been written again, the default is taken while it is read.
alter table sluice_raw.events
    materialize column has_long_numbers;

alter table sluice_raw.events
    comment column if exists message_id 'Id that the client gave the message, unique within its source; made from its content where it gave none, and from both where it gave a number',
    comment column if exists original_timestamp 'When it happened by the clock of the client, uncorrected; NULL when it did not say or what it said cannot be read',
    comment column if exists time_correction 'Empty; skew: the client''s clock was far off and was corrected; implausible: its time could not be and received_at was taken; unreadable: its time could not be read, and the next best was taken (originalTimestamp, sent_at, received_at); unreadable_sent_at: the time of sending could not be read, so that its clock was not checked',
    comment column if exists message 'The accepted message as JSON text, with the context of its batch merged in; each number as it was written';

alter table sluice_raw.rejected_events
    comment column if exists message 'What arrived, as text, unpacked as far as it unpacks; base64: and base64 where it is no text; cut after 64 KiB';
