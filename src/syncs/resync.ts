/**
 * `sluice sync resync` and `sluice sync reset`. A resync puts everything that was sent in doubt: each key is compared, sent and removed
 * again until the destination has accepted it, however many runs that takes. A reset forgets what was sent.
 */

import * as z from 'zod';
import { defineStatement } from '../warehouse/query.ts';
import { compileDoubt } from './compile-ledger.ts';
import { countThere } from './count-there.ts';
import type { SyncDeps } from './deps.ts';
import { readSync } from './documents.ts';
import { errors } from './errors.ts';
import { leaseOf } from './lease.ts';
import { type PreparedSync, prepareSync } from './prepare.ts';
import { closeCrashed } from './recover.ts';
import { crashedRun, type RunRow, recordClosed } from './run-record.ts';
import type { SyncReset } from './schema.ts';
import { newPartOf, recordTarget } from './target.ts';

/** Makes the following runs send again everything that was sent to the place. The caller holds the sync's lease. */
export async function requestResync(deps: SyncDeps, prepared: PreparedSync, reason: string): Promise<void> {
  if (!prepared.object.isIdempotent) throw refuseResync(prepared.sync.id);
  // A number of its own, below that of the following run: in the ledger, the later number is the later attempt.
  const { sync_id, target, run_number, run_id } = await recordClosed(
    deps,
    identityOf(prepared, 'resync'),
    { status: 'succeeded', error_code: '', message: reason },
    deps.delivery.clock.now(),
  );
  const throwDoubt = defineStatement({
    name: 'syncs.throw_doubt',
    sql: compileDoubt(prepared.diff),
    params: z.object({ sync_id: z.string(), target: z.string(), run_number: z.int(), run_id: z.string() }),
  });
  await deps.warehouse.owner.run(throwDoubt, { sync_id, target, run_number, run_id });
}

export const refuseResync = (id: string) =>
  errors.not_idempotent(`The destination of ${id} takes each row as a new one: sent again, it would be there twice`);

/** The identity under which a run, or a request like this, is recorded. */
export function identityOf(prepared: PreparedSync, kind: RunRow['kind'], allowedRemovals?: number) {
  const { sync, target, place, definitionHash, sourceLabel } = prepared;
  return {
    sync_id: sync.id,
    kind,
    target,
    address: place.address,
    allowed_removals: allowedRemovals ?? null,
    definition_hash: definitionHash,
    source: sourceLabel,
  };
}

/**
 * Forgets what was sent to the place where rows go now. Nothing is sent, and nothing is changed at the destination.
 * @param isConfirmed without it, this only says what it would do.
 * @throws CdpError as runSync does for what keeps a run from starting, and `store.lease_held`.
 */
export async function resetSync(
  deps: SyncDeps,
  id: string,
  { isConfirmed, signal }: { readonly isConfirmed: boolean; readonly signal?: AbortSignal },
): Promise<SyncReset> {
  if (!isConfirmed) return describeReset(deps, await prepareSync(deps, id), false);
  await readSync(deps, id);
  return deps.leases.withLease(leaseOf(id), signal === undefined ? {} : { signal }, async () => {
    const prepared = await prepareSync(deps, id);
    const crashed = await crashedRun(deps, id);
    // A crashed run cannot be finished after everything about it is forgotten.
    if (crashed) await closeCrashed(deps, crashed, 'The process ended before the run did, and a reset has given it up.');
    const result = await describeReset(deps, prepared, true);
    const target = newPartOf(prepared.onRecord);
    await recordTarget(deps, prepared.onRecord, { target, reason: 'reset' });
    await recordClosed(
      deps,
      { ...identityOf(prepared, 'reset'), target },
      { status: 'succeeded', error_code: '', message: result.message },
      deps.delivery.clock.now(),
    );
    return result;
  });
}

async function describeReset(deps: SyncDeps, prepared: PreparedSync, isDone: boolean): Promise<SyncReset> {
  const { sync, target, place } = prepared;
  const { there } = await countThere(deps, prepared, { sync_id: sync.id, target });
  const stays = `${there} ${there === 1 ? 'row' : 'rows'} that it sent to ${place.address} ${there === 1 ? 'stays' : 'stay'} there`;
  const message = isDone
    ? `What was sent is forgotten. ${stays}; the next run sends every row of the source as new, and does not remove those that have left it.`
    : `This would forget what was sent. ${stays}; the next run would send every row of the source as new, and would not remove those that have left it.`;
  return { sync_id: sync.id, address: place.address, rows_left: there, is_done: isDone, message };
}
