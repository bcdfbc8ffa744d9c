/**
 * The SQL for keys that a destination may treat as one although the sync does not. Removing one of them also removes what was written under
 * the other. The other is then written again after the removal, and until then the ledger counts it as uncertain. Pure.
 */
import { consentedRows, type DiffInput } from './compile-diff.ts';
import { attemptOrder, hashOfKey, hashOfText, ledgerHash, looseKeySql } from './compile-key.ts';
import { attemptsSql, INSERT_INTO_LEDGER } from './compile-ledger.ts';

/** Only where a row may be sent twice. */
export const canRewrite = ({ isIdempotent, onLeave }: Pick<DiffInput, 'isIdempotent' | 'onLeave'>): boolean =>
  isIdempotent && onLeave !== 'nothing';

/**
 * key_hash of the source's rows that look like a key to be removed, whether they have changed or not. `removals`: a select of the hashes of
 * the removed keys. Parameters: `sync_id`, `target`, and the source's.
 */
export function compileRewrites({ source, mapping }: DiffInput, removals: string): string {
  return `
    select distinct ${hashOfKey(mapping, 'key')} as key_hash
    from (select ${mapping.sql.key} as key from (${consentedRows(source)}) as s)
    where ${looseKeySql('key')} in
    (
        select ${looseKeySql('key')}
        from (${attemptsSql(mapping, removals)})
    )`;
}

/** Adds them to the differences of a run. Parameters: those of the differences, and `run_id`. */
export function compileRewritesInsert(input: DiffInput): string {
  const differing = (which: string) => `
            select key_hash
            from sluice_state.sync_differences
            where sync_id = {sync_id:String}
              and run_id = {run_id:UUID}${which}`;
  return `
    insert into sluice_state.sync_differences (sync_id, run_id, key_hash, change, source_rows)
    select
        {sync_id:String},
        {run_id:UUID},
        key_hash,
        'change',
        1
    from (${compileRewrites(input, differing("\n              and change = 'remove'"))})
    where key_hash not in (${differing('')})`;
}

/**
 * Marks the rows that a plan makes uncertain, before its first row is sent: if the run ends half-way, the ledger must not count a key as
 * there whose record went with the removal of another key.
 *
 * Marked are: the writes that look like a removal; rows that look like one, were sent before and cannot be sent now, and so are not written
 * again; and, where keys are folded, the other spellings of every row, which the destination does not have under today's rule but may have
 * under tomorrow's. Parameters: `sync_id`, `target`, `run_id`, `run_number`.
 */
export function compileMarks({ mapping }: Pick<DiffInput, 'mapping'>): string {
  const planned = (columns: string, which: string) => `
            select ${columns}
            from sluice_state.sync_plan
            where sync_id = {sync_id:String}
              and run_id = {run_id:UUID}
              and change in (${which})`;
  const alike = `
              and ${looseKeySql('key')} in (${planned(looseKeySql('key'), "'remove'")})`;
  const invalid = `${ledgerHash(mapping)} in (${planned('key_hash', "'invalid'")}${alike})`;
  const spellings = `
              or ${ledgerHash(mapping)} in (${planned('key_hash', "'add', 'change', 'remove'")})
              and ${hashOfText('key')} not in (${planned(hashOfText('key'), "'add', 'change', 'remove'")})`;
  const there = `
        union all
        select key
        from sluice_state.sync_ledger
        where sync_id = {sync_id:String}
          and target = {target:String}
          and (${invalid}${mapping.comparedKey ? spellings : ''})
        group by key
        having argMaxIf(effect, ${attemptOrder}, effect != 'none') = 'there'`;
  return `
    ${INSERT_INTO_LEDGER}
    select
        {sync_id:String},
        {target:String},
        ${hashOfText('key')},
        {run_number:UInt64},
        {run_id:UUID},
        0,
        0,
        key,
        'change',
        'resync',
        '',
        0,
        'not_sent',
        'uncertain',
        '',
        '',
        '',
        ''
    from
    (
        ${planned('key', "'change'").trim()}${alike}${there}
    )`;
}
