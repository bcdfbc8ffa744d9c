-- Beside a key that its destination folds, the ledger had the hash of the folded text. Once the sync compares by the text again, such a row would
-- never count as removed: each run would delete the record and make it again. Every row gets the hash of its own text.

insert into sluice_state.sync_ledger
settings insert_deduplicate = 0
select * replace (reinterpretAsUInt128(sipHash128(key)) as key_hash)
from
(
    -- Beside `replace`, the condition would see the new hash.
    select *
    from sluice_state.sync_ledger
    where key_hash != reinterpretAsUInt128(sipHash128(key))
);

alter table sluice_state.sync_ledger
    delete where key_hash != reinterpretAsUInt128(sipHash128(key))
settings mutations_sync = 2;
