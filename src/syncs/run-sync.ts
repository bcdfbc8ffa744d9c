/** One run of a sync: diff, deliver, record. The only way in which rows leave. */

import type { Fault } from '../connector-kit/fault.ts';
import { OpenFailed, openSender } from '../connector-kit/transport-sender.ts';
import { CdpError } from '../errors.ts';
import { deliverPlan } from './deliver.ts';
import type { SyncDeps } from './deps.ts';
import { errors } from './errors.ts';
import { type GuardDecision, guardRemovals } from './plan-guard.ts';
import { contextOf, type PreparedSync, prepareSync } from './prepare.ts';
import { recoverRun } from './recover.ts';
import { countPlan, countThere, dropPlans, isSourceEmpty, materialisePlan, recordInvalidRows } from './run-plan.ts';
import { lastRuns, nothingDone, openRun, plannedOf, type RunOutcome, type RunPlan, type RunRow, writeRun } from './run-record.ts';

export interface RunOptions {
  /** Stops the run at its next safe point: what is in flight is finished, the rest is skipped, the run is `cancelled`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { done: number; total: number }) => void;
}

/** The run as recorded, and the sum that it adds up to: planned = accepted + rejected + unknown + skipped. */
export interface SyncRunResult extends RunRow {
  readonly planned: number;
}

/**
 * Makes the destination equal to the source, as far as it lets us. What the destination does is in the result (`with_errors`, `failed`);
 * thrown is what keeps a run from starting, and a warehouse that fails: the next run then recovers.
 *
 * @throws CdpError `syncs.not_found`, `syncs.invalid`, `syncs.source_missing`, `syncs.secret_missing`, `store.lease_held`, `warehouse.*`.
 */
export async function runSync(deps: SyncDeps, id: string, options: RunOptions = {}): Promise<SyncRunResult> {
  const signal = options.signal ?? new AbortController().signal;
  return deps.leases.withLease(`sync:${id}`, { signal }, async (leaseSignal) => {
    // Read inside the lease: a segment published meanwhile, or a document just applied, counts.
    const prepared = await prepareSync(deps, id);
    const [previous] = await lastRuns(deps, id, 1);
    if (previous?.status === 'running') {
      const stop = await recoverOrFault(deps, prepared, previous, leaseSignal);
      if (stop) throw errors.destination_failed(`The run ${previous.run_id} of ${id} cannot be finished: ${stop.message}`);
      leaseSignal.throwIfAborted();
    }
    return execute(deps, prepared, previous, leaseSignal, options);
  });
}

async function recoverOrFault(deps: SyncDeps, prepared: PreparedSync, crashed: RunRow, signal: AbortSignal): Promise<Fault | undefined> {
  try {
    return await recoverRun(deps, prepared, crashed, signal);
  } catch (error) {
    if (error instanceof OpenFailed) return error.fault;
    throw error;
  }
}

async function execute(
  deps: SyncDeps,
  prepared: PreparedSync,
  previous: RunRow | undefined,
  signal: AbortSignal,
  options: RunOptions,
): Promise<SyncRunResult> {
  const { clock } = deps.delivery;
  const identity = {
    sync_id: prepared.sync.id,
    target: prepared.target,
    definition_hash: prepared.definitionHash,
    source: prepared.sourceLabel,
  };
  await dropPlans(deps, prepared.sync.id);
  let run = await openRun(deps, identity, previous, clock.now());

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
      { status: 'failed', error_code: 'syncs.removals_refused', message: decision.message },
    );
  }
  const deliveryStartedMs = performance.now();
  const { outcome, stop } = planned === 0 ? { outcome: nothingDone, stop: undefined } : await deliver(deps, prepared, run, signal, options);
  run = { ...run, delivery_ms: Math.round(performance.now() - deliveryStartedMs) };
  return close(deps, run, outcome, verdictOf(plan, outcome, stop, signal, decision));
}

/** Nothing has been sent yet, so a failure closes the run. Later ones leave it open: what was in flight must be found again. */
async function makePlan(deps: SyncDeps, prepared: PreparedSync, run: RunRow, signal: AbortSignal) {
  try {
    await materialisePlan(deps, prepared, run, signal);
    return await decide(deps, prepared, run);
  } catch (error) {
    const known =
      error instanceof CdpError ? { error_code: error.code, message: error.message } : { error_code: 'bug.unexpected', message: '' };
    // When the warehouse is what failed, this fails too; the first error is the one that tells why.
    await close(deps, run, nothingDone, { status: signal.aborted ? 'cancelled' : 'failed', ...known }).catch(() => undefined);
    throw error;
  }
}

async function decide(deps: SyncDeps, prepared: PreparedSync, run: RunRow): Promise<{ plan: RunPlan; decision: GuardDecision }> {
  const counted = await countPlan(deps, run);
  const { removes } = counted;
  const [there, sourceIsEmpty] =
    removes === 0 ? [0, false] : await Promise.all([countThere(deps, prepared, run), isSourceEmpty(deps, prepared)]);
  const decision = guardRemovals({ removes, there, sourceIsEmpty }, prepared.sync.guard);
  const plan = decision.verdict === 'withhold' ? { ...counted, removes: 0, withheld: removes } : { ...counted, withheld: 0 };
  return { plan, decision };
}

async function deliver(deps: SyncDeps, prepared: PreparedSync, run: RunRow, signal: AbortSignal, options: RunOptions) {
  const planned = plannedOf(run);
  const onProgress = options.onProgress && ((done: number) => options.onProgress?.({ done, total: planned }));
  try {
    const sender = await openSender({
      connector: prepared.connector,
      object: prepared.object,
      context: contextOf(prepared, { runId: run.run_id, startedAt: run.started_at }),
      secrets: prepared.secrets,
      allowPrivateNetwork: prepared.config.allow_private_network === true,
      clock: deps.delivery.clock,
      transportLimits: deps.delivery.transport,
    });
    try {
      // Removals come first in a plan; withheld ones are passed over.
      const first = run.withheld + 1;
      const input = { deps, prepared, run, sender, signal, lastRemoval: run.removes, isRecovery: false, onProgress };
      return await deliverPlan(input, first, run.withheld + planned);
    } finally {
      await sender.close();
    }
  } catch (error) {
    if (error instanceof OpenFailed) return { outcome: { ...nothingDone, skipped: planned }, stop: error.fault };
    throw error;
  }
}

type Verdict = Pick<RunRow, 'status' | 'error_code' | 'message'>;

function verdictOf(plan: RunPlan, outcome: RunOutcome, stop: Fault | undefined, signal: AbortSignal, decision: GuardDecision): Verdict {
  if (stop) return { status: 'failed', error_code: 'syncs.destination_failed', message: `${stop.kind}: ${stop.message}` };
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
    [outcome.rejected, 'rejected by the destination'],
    [outcome.unknown, 'sent without an answer'],
    [plan.invalid, 'invalid and not sent'],
    [plan.held, 'held: their outcome is unknown'],
    [outcome.skipped, 'not sent: they wait for the removal of the same key, which the destination did not take'],
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
