/** Which writes of a run must wait because a removal of the same key at the destination has not been accepted. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';
import { looseKeySql } from './compile-key.ts';
import type { SyncDeps } from './deps.ts';
import type { PreparedSync } from './prepare.ts';
import type { RunRow } from './run-record.ts';

/**
 * A removal is open when it is in the plan and the ledger has no acceptance of it in this run: refused, unanswered, not tried, or held for
 * a person. Keys are compared more loosely than the sync declares, because a destination may fold keys although the sync does not say so
 * so.
 */
const waitingSeqs = defineQuery({
  name: 'syncs.waiting_writes',
  sql: `
    with
        open_removals as
        (
            select key
            from sluice_state.sync_plan
            where sync_id = {sync_id:String}
              and run_id = {run_id:UUID}
              and source_rows = 0
              and change in ('remove', 'held')
              and seq not in
              (
                  select seq
                  from sluice_state.sync_ledger
                  where sync_id = {sync_id:String}
                    and target = {target:String}
                    and run_number = {run_number:UInt64}
                    and change = 'remove'
                    and outcome = 'accepted'
              )
        )
    select seq
    from sluice_state.sync_plan
    where sync_id = {sync_id:String}
      and run_id = {run_id:UUID}
      and change in ('add', 'change')
      and ${looseKeySql('key')} in (select ${looseKeySql('key')} from open_removals)
  `,
  params: z.object({ sync_id: z.string(), run_id: z.string(), target: z.string(), run_number: z.int() }),
  row: z.object({ seq: z.coerce.number() }),
});

/** Places of the plan. Call it when every removal of the run has its outcome in the ledger. */
export async function findWaiting(
  deps: Pick<SyncDeps, 'warehouse'>,
  { sync_id, run_id, target, run_number }: RunRow,
  { diff }: Pick<PreparedSync, 'diff'>,
): Promise<ReadonlySet<number>> {
  if (diff.onLeave === 'nothing') return new Set();
  const rows = await deps.warehouse.owner.ask(waitingSeqs, { sync_id, run_id, target, run_number });
  return new Set(rows.map(({ seq }) => seq));
}
