/** Brings a run to its end whose process died: what may have been sent is sent again or marked unknown, the rest is left to the next run. */

import type { Fault } from '../connector-kit/fault.ts';
import { deliverWindows } from './deliver.ts';
import type { SyncDeps } from './deps.ts';
import { openWindows, outcomeOf, recordWindowUnknown } from './ledger.ts';
import { openFor } from './open-sender.ts';
import type { PreparedSync } from './prepare.ts';
import { dropPlans } from './run-plan.ts';
import { plannedOf, type RunRow, writeRun } from './run-record.ts';

/**
 * The same rows leave in the same batches under the same idempotency keys, so that a receiver which keeps these takes nothing twice. Where
 * that cannot be (the destination is not idempotent, or the sync has been edited since), the rows are recorded as unknown: the next diff
 * decides on them.
 *
 * @returns the fault that keeps the destination from answering: the run then stays open, and the next one tries again.
 */
export async function recoverRun(deps: SyncDeps, prepared: PreparedSync, crashed: RunRow, signal: AbortSignal): Promise<Fault | undefined> {
  const windows = await openWindows(deps, crashed);
  if (windows.length > 0) {
    const isSame = prepared.definitionHash === crashed.definition_hash && prepared.target === crashed.target;
    if (prepared.object.isIdempotent && isSame) {
      const stop = await sendAgain(deps, prepared, crashed, windows, signal);
      if (stop || signal.aborted) return stop;
    } else {
      for (const window of windows) await recordWindowUnknown(deps, crashed, window);
    }
  }
  await closeCrashed(deps, crashed, 'The process ended before the run did; what was in flight has been finished by a later run.');
  return undefined;
}

/** Records what became of a run that died, and drops what it had planned. */
export async function closeCrashed(deps: SyncDeps, crashed: RunRow, message: string): Promise<void> {
  const outcome = await outcomeOf(deps, crashed);
  await writeRun(deps, {
    ...crashed,
    ...outcome,
    skipped: Math.max(0, plannedOf(crashed) - outcome.accepted - outcome.rejected - outcome.unknown),
    step: 2,
    status: 'failed',
    finished_at: deps.delivery.clock.now(),
    error_code: 'syncs.interrupted',
    message,
  });
  await dropPlans(deps, crashed.sync_id);
}

async function sendAgain(
  deps: SyncDeps,
  prepared: PreparedSync,
  crashed: RunRow,
  windows: Awaited<ReturnType<typeof openWindows>>,
  signal: AbortSignal,
): Promise<Fault | undefined> {
  const sender = await openFor(deps, prepared, crashed);
  try {
    const { stop } = await deliverWindows(
      { deps, prepared, run: crashed, sender, signal, lastRemoval: crashed.removes, isRecovery: true },
      windows,
    );
    return stop;
  } finally {
    await sender.close();
  }
}
