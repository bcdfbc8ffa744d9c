/** The SQL that asks the ledger, and writes to it: what was sent, whatever the source says now. Pure. */
import { attemptOrder, hashOfText, ledgerHash } from './compile-key.ts';
import type { Mapping } from './compile-mapping.ts';

interface Mapped {
  readonly mapping: Mapping;
}

/** The values follow in this order; `recorded_at` fills itself. */
export const INSERT_INTO_LEDGER = `insert into sluice_state.sync_ledger
        (sync_id, target, key_hash, run_number, run_id, seq, window_first, key, change, operation, payload, payload_hash,
         outcome, effect, fault, message, field, remote_id)`;

/** The last sent hash, key, payload and is_retry of the keys in `key_hashes`. Parameters: `sync_id`, `target`, `key_hashes`. */
export function compileLastAttempts({ mapping }: Mapped): string {
  return `
    select
        toString(compared_hash) as hash,
        argMax(key, (effect != 'none', run_number, seq)) as key,
        argMaxIf(payload, (run_number, seq), effect != 'none') as payload,
        argMax(effect, (run_number, seq)) = 'none' as is_retry
    from (${attemptsSql(mapping, 'select arrayJoin(arrayMap(hash -> toUInt128(hash), {key_hashes:Array(String)}))')})
    group by compared_hash`;
}

/** The ledger's rows of the keys in `keys`. */
export function attemptsSql(mapping: Mapping, keys: string): string {
  return `
        select
            ${ledgerHash(mapping)} as compared_hash,
            key,
            payload,
            effect,
            run_number,
            seq
        from sluice_state.sync_ledger
        where sync_id = {sync_id:String}
          and target = {target:String}
          and compared_hash in (${keys})`;
}

/**
 * `there`: keys that the destination certainly or perhaps holds because of us. `doubted`: keys that were removed, and that a resync removes
 * once more. Parameters: `sync_id`, `target`.
 */
export function compileKeysThere({ mapping }: Mapped): string {
  return `
    select
        countIf(last.1 in ('there', 'uncertain') and not (last.2 = 'resync' and last.3 = 'remove')) as there,
        countIf(last.2 = 'resync' and last.3 = 'remove') as doubted
    from
    (
        select
            ${ledgerHash(mapping)} as compared_hash,
            argMaxIf(
                (attempts.effect, attempts.operation, attempts.change), ${attemptOrder}, attempts.effect != 'none') as last
        from
        (
            select
                key,
                key_hash,
                effect,
                operation,
                change,
                run_number,
                seq
            from sluice_state.sync_ledger
            where sync_id = {sync_id:String}
              and target = {target:String}
        ) as attempts
        group by compared_hash
    )`;
}

/** How many of the keys in `removals`, a select of compared hashes, were removed before and are removed again by a resync. */
export function compileRepeated({ mapping }: Mapped, removals: string): string {
  return `
    select count() as repeated
    from
    (
        select
            ${ledgerHash(mapping)} as compared_hash,
            argMaxIf((operation, change), ${attemptOrder}, effect != 'none') as last
        from sluice_state.sync_ledger
        where sync_id = {sync_id:String}
          and target = {target:String}
          and compared_hash in (${removals})
        group by compared_hash
    )
    where last.1 = 'resync'
      and last.2 = 'remove'`;
}

/** One row for each key that was ever sent, which marks the key as doubtful. Parameters: `sync_id`, `target`, `run_number`, `run_id`. */
export function compileDoubt({ mapping }: Mapped): string {
  return `
    ${INSERT_INTO_LEDGER}
    select
        {sync_id:String},
        {target:String},
        ${hashOfText('sent.last_key')},
        {run_number:UInt64},
        {run_id:UUID},
        0,
        0,
        sent.last_key,
        -- What was removed is removed once more: a restored backup has it again.
        if(sent.last.1 = 'gone' or (sent.last.2 = 'resync' and sent.last.3 = 'remove'), 'remove', 'change'),
        'resync',
        '',
        0,
        'unknown',
        'uncertain',
        '',
        '',
        '',
        ''
    from
    (
        select
            ${ledgerHash(mapping)} as compared_hash,
            argMaxIf(key, ${attemptOrder}, effect != 'none') as last_key,
            argMaxIf((effect, operation, change), ${attemptOrder}, effect != 'none') as last
        from sluice_state.sync_ledger
        where sync_id = {sync_id:String}
          and target = {target:String}
        group by compared_hash
    ) as sent
    where sent.last.1 != 'none'`;
}

/** Compared hashes of the keys that are there, or may be. The places are SQL: parameters under other names where several syncs are asked. */
export const compileThere = ({ mapping }: Mapped, { syncId, target }: { readonly syncId: string; readonly target: string }): string => `
        select ${ledgerHash(mapping)} as compared_hash
        from sluice_state.sync_ledger
        where sync_id = ${syncId}
          and target = ${target}
        group by compared_hash
        having argMaxIf(effect, ${attemptOrder}, effect != 'none') in ('there', 'uncertain')`;
