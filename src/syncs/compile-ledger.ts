/** The ledger as SQL writes it. Pure. */

/** The values follow in this order; `recorded_at` fills itself. */
export const INSERT_INTO_LEDGER = `insert into sluice_state.sync_ledger
        (sync_id, target, key_hash, run_number, run_id, seq, window_first, key, change, operation, payload, payload_hash,
         outcome, effect, fault, message, field, remote_id)`;
