/** One run of a sync: diff, deliver, record. Rows are sent in no other way. */

import type { Fault } from '../connector-kit/fault.ts';
import { OpenFailed } from '../connector-kit/transport-sender.ts';
import { CdpError } from '../errors.ts';
import { countThere } from './count-there.ts';
import type { SyncDeps } from './deps.ts';
import { errors } from './errors.ts';
import { inspectPlace, type PlaceInspection } from './inspect-place.ts';
import { leaseOf } from './lease.ts';
import { openFor } from './open-sender.ts';
import { type GuardDecision, guardRemovals } from './plan-guard.ts';
import { onTarget, type PreparedSync, prepareSync } from './prepare.ts';
import { recoverRun } from './recover.ts';
import { identityOf, requestResync } from './resync.ts';
import {
  countDenied,
  countPlan,
  countRepeated,
  dropPlans,
  isSourceEmpty,
  markUncertain,
  materialisePlan,
  recordInvalidRows,
} from './run-plan.ts';
import {
  crashedRun,
  nothingDone,
  openRun,
  plannedOf,
  type RunOutcome,
  type RunPlan,
  type RunRow,
  recordClosed,
  writeRun,
} from './run-record.ts';
import { type DeliveryResult, deliverPlan } from './send-plan.ts';
import { newPartOf, noteOnMove, recordTarget } from './target.ts';

export interface RunOptions {
  /** Stops the run at its next safe point: what is in flight is finished, the rest is skipped, the run is `cancelled`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { done: number; total: number }) => void;
  /** A person has read the plan: this run may remove at most so many rows, whatever the guard says. */
  readonly allowRemovals?: number;
  /** Sends everything again, and repeats all removals. */
  readonly isResync?: boolean;
}

/** The run as recorded, and the sum that it adds up to: planned = accepted + rejected + unknown + skipped. */
export interface SyncRunResult extends RunRow {
  readonly planned: number;
}

/**
 * Makes the destination equal to the source, as far as the destination allows. Faults of the destination are part of the result
 * (`with_errors`, `failed`). Errors that keep a run from starting are thrown, and also recorded as a failed run; errors of the warehouse
 * are thrown, and the next run recovers.
 *
 * @throws CdpError `syncs.not_found`, `syncs.invalid`, `syncs.source_missing`, `syncs.secret_missing`, `syncs.not_idempotent`,
 * `store.lease_held`, `warehouse.*`.
 */
export async function runSync(deps: SyncDeps, id: string, options: RunOptions = {}): Promise<SyncRunResult> {
  const signal = options.signal ?? new AbortController().signal;
  return deps.leases.withLease(leaseOf(id), { signal }, async (leaseSignal) => {
    // Read inside the lease: a segment published meanwhile, or a document just applied, counts.
    const prepared = await startOrRecord(deps, id, () => prepareSync(deps, id));
    const crashed = await crashedRun(deps, id);
    if (crashed) {
      await startOrRecord(deps, id, async () => {
        const stop = await recoverOrFault(deps, prepared, crashed, leaseSignal);
        if (stop) throw errors.destination_failed(`The run ${crashed.run_id} of ${id} cannot be finished: ${stop.message}`);
      });
      leaseSignal.throwIfAborted();
    }
    if (options.isResync) await startOrRecord(deps, id, () => requestResync(deps, prepared, 'Asked for by hand.'));
    return execute(deps, prepared, leaseSignal, options);
  });
}

/** A sync that cannot even start must not look healthy: its failure is recorded as a run. */
async function startOrRecord<T>(deps: SyncDeps, id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A server that does not answer cannot record it either; the queue tries again.
    const mayPass = error instanceof CdpError && error.fault === 'transient';
    // An unknown name is the caller's mistake, not the failure of a sync.
    if (!mayPass && (await deps.resources.get('sync', id).catch(() => undefined))) {
      const none = { target: '', address: '', allowed_removals: null, definition_hash: '', source: '' };
      const verdict = { status: 'failed', ...codeOf(error) } as const;
      // If recording fails too, the first error is the one that says why.
      await recordClosed(deps, { ...none, sync_id: id, kind: 'run' }, verdict, deps.delivery.clock.now()).catch(() => undefined);
    }
    throw error;
  }
}

const codeOf = (error: unknown) =>
  error instanceof CdpError ? { error_code: error.code, message: error.message } : { error_code: 'bug.unexpected', message: '' };

async function recoverOrFault(deps: SyncDeps, prepared: PreparedSync, crashed: RunRow, signal: AbortSignal): Promise<Fault | undefined> {
  try {
    return await recoverRun(deps, prepared, crashed, signal);
  } catch (error) {
    if (error instanceof OpenFailed) return error.fault;
    throw error;
  }
}

async function execute(deps: SyncDeps, before: PreparedSync, signal: AbortSignal, options: RunOptions): Promise<SyncRunResult> {
  const { clock } = deps.delivery;
  const inspection = await inspectPlace(deps, before);
  const { prepared, notes, isDoubtful } = await settle(deps, before, inspection);
  await dropPlans(deps, prepared.sync.id);
  let run = await openRun(deps, identityOf(prepared, 'run', options.allowRemovals), clock.now());
  if (inspection.fault) return close(deps, run, nothingDone, failedBy(inspection.fault));

  const diffStartedMs = performance.now();
  const { plan, decision } = await makePlan(deps, prepared, run, signal);
  run = { ...run, ...plan, step: 1, diff_ms: Math.round(performance.now() - diffStartedMs) };
  await writeRun(deps, run);
  if (plan.invalid > 0) await recordInvalidRows(deps, run);

  const planned = plannedOf(plan);
  if (decision.verdict === 'refuse') {
    return close(
      deps,
      run,
      { ...nothingDone, skipped: planned },
      { status: 'failed', error_code: 'syncs.removals_refused', message: [...notes, decision.message].join(' ') },
    );
  }
  const deliveryStartedMs = performance.now();
  const { outcome, stop, withdrawn } = planned === 0 ? nothingDelivered : await deliver(deps, prepared, run, signal, options);
  run = { ...run, delivery_ms: Math.round(performance.now() - deliveryStartedMs) };
  if (outcome.accepted > 0) await recognise(deps, prepared);
  const verdict = verdictOf(plan, { outcome, stop, withdrawn }, signal, decision);
  const message = [...notes, verdict.message].filter((part) => part !== '').join(' ');
  const status = isDoubtful && verdict.status === 'succeeded' ? 'with_errors' : verdict.status;
  return close(deps, run, outcome, { ...verdict, status, message });
}

/** Decides which part of the ledger the run uses, and records what was found out about the place. */
async function settle(deps: SyncDeps, before: PreparedSync, { verdict, identity, contents, isMissing, fault }: PlaceInspection) {
  const known = before.onRecord;
  const notes = await noteOnMove(deps, before, known);
  if (fault) return { prepared: before, notes, isDoubtful: false };
  // What cannot be told now may be known from before; about a missing place nothing is known any more.
  const seen = isMissing ? { identity, contents } : { identity: identity || known.identity, contents: contents || known.contents };
  switch (verdict.kind) {
    case 'start_anew': {
      const change = { target: newPartOf(known), identity, contents, reason: verdict.reason };
      return { prepared: onTarget(before, await recordTarget(deps, known, change)), notes: [...notes, verdict.message], isDoubtful: false };
    }
    case 'send_again': {
      await requestResync(deps, before, verdict.message);
      const recorded = await recordTarget(deps, known, { ...seen, reason: 'replaced' });
      return { prepared: onTarget(before, recorded), notes: [...notes, verdict.message], isDoubtful: false };
    }
    case 'keep': {
      const isNews = !known.isRecorded || seen.identity !== known.identity || seen.contents !== known.contents;
      const prepared = isNews
        ? onTarget(before, await recordTarget(deps, known, { ...seen, ...(known.isRecorded ? { reason: 'seen' } : {}) }))
        : before;
      return { prepared, notes: verdict.warning === '' ? notes : [...notes, verdict.warning], isDoubtful: verdict.warning !== '' };
    }
  }
}

/** Records the identity of a place that a run has made, or that could not be told from others before. */
async function recognise(deps: SyncDeps, prepared: PreparedSync): Promise<void> {
  if (prepared.object.kind !== 'client' || prepared.object.look === undefined || prepared.onRecord.identity !== '') return;
  const { identity, contents } = await inspectPlace(deps, prepared);
  if (identity !== '') await recordTarget(deps, prepared.onRecord, { identity, contents, reason: 'seen' });
}

/** Nothing has been sent yet, so a failure closes the run. Later failures leave it open, because rows under way must be found again. */
async function makePlan(deps: SyncDeps, prepared: PreparedSync, run: RunRow, signal: AbortSignal) {
  try {
    await materialisePlan(deps, prepared, run, signal);
    return await decide(deps, prepared, run);
  } catch (error) {
    // If the warehouse has failed, this fails too; the first error is the one that says why.
    await close(deps, run, nothingDone, { status: signal.aborted ? 'cancelled' : 'failed', ...codeOf(error) }).catch(() => undefined);
    throw error;
  }
}

async function decide(deps: SyncDeps, prepared: PreparedSync, run: RunRow): Promise<{ plan: RunPlan; decision: GuardDecision }> {
  const counted = { ...(await countPlan(deps, run)), held_by_consent: await countDenied(deps, prepared) };
  const { removes } = counted;
  const nothing = { there: 0, doubted: 0 };
  const [{ there, doubted }, sourceIsEmpty] =
    removes === 0 ? [nothing, false] : await Promise.all([countThere(deps, prepared, run), isSourceEmpty(deps, prepared)]);
  const allowed = run.allowed_removals ?? undefined;
  // Asked only where a resync has left something to repeat.
  const repeated = doubted === 0 ? 0 : await countRepeated(deps, prepared, run);
  const decision = guardRemovals({ removes, repeated, there, sourceIsEmpty, allowed }, prepared.sync.guard);
  const plan = decision.verdict === 'withhold' ? { ...counted, removes: 0, withheld: removes } : { ...counted, withheld: 0 };
  return { plan, decision };
}

async function deliver(
  deps: SyncDeps,
  prepared: PreparedSync,
  run: RunRow,
  signal: AbortSignal,
  options: RunOptions,
): Promise<DeliveryResult> {
  const planned = plannedOf(run);
  await markUncertain(deps, prepared, run);
  const onProgress = options.onProgress && ((done: number) => options.onProgress?.({ done, total: planned }));
  try {
    const sender = await openFor(deps, prepared, run);
    try {
      // Removals come first in a plan; withheld ones are skipped.
      const first = run.withheld + 1;
      const input = { deps, prepared, run, sender, signal, lastRemoval: run.removes, isRecovery: false, onProgress };
      return await deliverPlan(input, first, run.withheld + planned);
    } finally {
      await sender.close();
    }
  } catch (error) {
    if (error instanceof OpenFailed) return { outcome: { ...nothingDone, skipped: planned }, stop: error.fault, withdrawn: 0 };
    throw error;
  }
}

const nothingDelivered: DeliveryResult = { outcome: nothingDone, stop: undefined, withdrawn: 0 };

type Verdict = Pick<RunRow, 'status' | 'error_code' | 'message'>;

const failedBy = ({ kind, message }: Fault): Verdict => ({
  status: 'failed',
  error_code: 'syncs.destination_failed',
  message: `${kind}: ${message}`,
});

function verdictOf(plan: RunPlan, { outcome, stop, withdrawn }: DeliveryResult, signal: AbortSignal, decision: GuardDecision): Verdict {
  if (stop) return failedBy(stop);
  if (signal.aborted) {
    const isLost = signal.reason instanceof CdpError;
    return {
      status: isLost ? 'failed' : 'cancelled',
      error_code: isLost ? 'syncs.lease_lost' : '',
      message: isLost ? signal.reason.message : 'Stopped on request.',
    };
  }
  if (decision.verdict === 'withhold') return { status: 'with_errors', error_code: '', message: decision.message };
  const troubles = [
    [outcome.rejected, outcome.accepted > 0 ? 'rejected by the destination' : 'rejected by the destination, and none accepted'],
    [outcome.unknown, 'sent without an answer'],
    [plan.invalid, 'invalid and not sent'],
    [plan.held, 'held: their outcome is unknown'],
    [withdrawn, 'not sent: their consent was withdrawn, or they were excluded, while the run went on'],
    [outcome.skipped - withdrawn, 'not sent: they wait for the removal of the same key, which the destination did not take'],
  ] as const;
  const fields = plan.fields_withheld > 0 ? [`${plan.fields_withheld} fields that do not fit were left out of their rows`] : [];
  const message = [...troubles.flatMap(([rows, what]) => (rows > 0 ? `${rows} rows ${what}` : [])), ...fields].join('; ');
  return { status: message === '' ? 'succeeded' : 'with_errors', error_code: '', message };
}

async function close(deps: SyncDeps, run: RunRow, outcome: RunOutcome, verdict: Verdict): Promise<SyncRunResult> {
  const closed: RunRow = { ...run, ...outcome, ...verdict, step: 2, finished_at: deps.delivery.clock.now() };
  await writeRun(deps, closed);
  await dropPlans(deps, run.sync_id);
  return { ...closed, planned: plannedOf(closed) };
}
