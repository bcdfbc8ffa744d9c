/**
 * Finishes a run whose process died: rows that may have been sent are sent again or recorded as unknown; the rest is left to the next run.
 */

import type { Fault } from '../connector-kit/fault.ts';
import type { SyncDeps } from './deps.ts';
import { openWindows, outcomeOf, recordWindowUnknown } from './ledger.ts';
import { openFor } from './open-sender.ts';
import type { PreparedSync } from './prepare.ts';
import { dropPlans } from './run-plan.ts';
import { plannedOf, type RunRow, writeRun } from './run-record.ts';
import { deliverWindows } from './send-plan.ts';

/**
 * The same rows are sent in the same batches with the same idempotency keys, so that a receiver that keeps these accepts nothing twice.
 * Where that is impossible (the destination is not idempotent, or the sync has been edited since), the rows are recorded as unknown, and
 * the next diff decides about them.
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

/** Records the result of a run that died, and drops its plan. */
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
