/**
 * Finishes a run whose process died: rows that may have been sent are sent again or recorded as unknown; the rest is left to the next run.
 */

import type { Fault } from '../connector-kit/fault.ts';
import type { SyncDeps } from './deps.ts';
import { openWindows, outcomeOf, type PlanWindow, recordWindowUnknown } from './ledger.ts';
import { openFor } from './open-sender.ts';
import type { PreparedSync } from './prepare.ts';
import { dropPlans } from './run-plan.ts';
import { plannedOf, type RunRow, writeRun } from './run-record.ts';
import { deliverWindows } from './send-plan.ts';
import { submittedBatches } from './submitted.ts';

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
    const repeatable = !isSame ? [] : prepared.object.isIdempotent ? windows : await submittedOf(deps, crashed, windows);
    if (repeatable.length > 0) {
      const stop = await sendAgain(deps, prepared, crashed, repeatable, signal);
      if (stop || signal.aborted) return stop;
    }
    for (const window of windows) if (!repeatable.includes(window)) await recordWindowUnknown(deps, crashed, window);
  }
  await closeCrashed(deps, crashed, 'The process ended before the run did; what was in flight has been finished by a later run.');
  return undefined;
}

/**
 * Windows whose batch the destination has taken and still works on: asking about it repeats nothing. Where a row must not be sent twice, a
 * window is one batch.
 */
async function submittedOf(deps: SyncDeps, crashed: RunRow, windows: readonly PlanWindow[]): Promise<PlanWindow[]> {
  const submitted = await submittedBatches(deps, crashed, true);
  const isWithin = ({ first, last }: PlanWindow, batch: string) => {
    const [from, to] = batch.split('_').slice(-3, -1).map(Number);
    return from === first && to === last;
  };
  return windows.filter((window) => submitted.batches().some((batch) => isWithin(window, batch)));
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
