/**
 * Sends a plan: window by window, several batches at once; the ledger is written after each window. Memory holds two windows, however long
 * the plan is.
 */
import { cutBatches } from '../connector-kit/batch.ts';
import { batchIdOf, deliverBatch, type SubmittedBatches } from '../connector-kit/deliver.ts';
import { type Fault, wasNotSent } from '../connector-kit/fault.ts';
import { accepted, type Outcome } from '../connector-kit/outcome.ts';
import type { Operation, OutgoingRow, Rows } from '../connector-kit/row.ts';
import type { Sender } from '../connector-kit/transport-sender.ts';
import { operationsOf } from './compile-diff.ts';
import { type ConsentGate, createConsentGate } from './consent-gate.ts';
import type { SyncDeps } from './deps.ts';
import { type PlanWindow, type RowOutcome, recordIntent, recordWindow } from './ledger.ts';
import type { PreparedSync } from './prepare.ts';
import { findWaiting } from './removals-first.ts';
import { readWindow, type WindowRows } from './run-plan.ts';
import type { RunOutcome, RunRow } from './run-record.ts';
import { submittedBatches } from './submitted.ts';

export interface DeliveryResult {
  readonly outcome: RunOutcome;
  /** Why the run was stopped before its end; undefined also when the caller's signal stopped it. */
  readonly stop: Fault | undefined;
  /** Rows among the skipped that lost the right to be sent after the plan was made. */
  readonly withdrawn: number;
}

export interface DeliveryInput {
  readonly deps: SyncDeps;
  readonly prepared: PreparedSync;
  readonly run: RunRow;
  readonly sender: Sender;
  readonly signal: AbortSignal;
  /** A process that died may have sent the rows before. */
  readonly isRecovery: boolean;
  /** Places of the plan up to this one are removals. */
  readonly lastRemoval: number;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** How long a batch that a destination has taken may stay without a result, unless its connector says otherwise. */
const LONGEST_JOB_MS = 30 * 60_000;

/** Sends the places `first` to `last` of the run's plan. */
export async function deliverPlan(input: DeliveryInput, first: number, last: number): Promise<DeliveryResult> {
  const { object } = input.prepared;
  const size = Math.max(input.deps.delivery.windowRows, object.batch.maxRows);
  // No window has removals and writes: windows are sent one after the other, so that every removal has its outcome before a write leaves.
  const lastRemoval = Math.min(last, Math.max(first - 1, input.lastRemoval));
  const windows = [...cutWindows(first, lastRemoval, size), ...cutWindows(lastRemoval + 1, last, size)];
  // Where repeating is not safe, a crash must leave as few uncertain rows as possible: a window per batch, one after the other.
  return object.isIdempotent ? deliverWindows(input, windows) : deliverOneByOne(input, windows);
}

function* cutWindows(first: number, last: number, size: number): Generator<PlanWindow> {
  for (let start = first; start <= last; start += size) yield { first: start, last: Math.min(last, start + size - 1) };
}

/** Sends windows of an earlier run again, exactly as they were: same batches, same idempotency keys. */
export async function deliverWindows(input: DeliveryInput, windows: readonly PlanWindow[]): Promise<DeliveryResult> {
  const { deps, run, signal } = input;
  const submitted = await submittedBatches(deps, run, input.isRecovery);
  const tally = createTally(input);
  const gate = createGate(input);
  const consent = createConsentGate(input);
  let stop: Fault | undefined;
  let recorded: Promise<void> = Promise.resolve();
  let next = windows[0] && prefetch(input, windows[0]);

  for (const [index, window] of windows.entries()) {
    if (stop || signal.aborted) {
      tally.skip(window);
      continue;
    }
    const rows = await next;
    const following = windows[index + 1];
    next = following && prefetch(input, following);
    // The outcomes of the removals are in the ledger before the first write reads them.
    const waiting = await gate.waitingIn(window, () => recorded);
    const sent = await sendWindow(input, window, rows?.rows() ?? [], { waiting, consent, submitted });
    gate.saw(sent);
    stop = sent.stop;
    // The ledger of the previous window is written while this one is on its way; never more than one behind.
    await recorded;
    tally.count(sent);
    recorded = recordWindow(deps, run, window, sent.exceptions);
    recorded.catch(() => undefined);
  }
  await recorded;
  return { outcome: tally.outcome(), stop, withdrawn: consent.withdrawn() };
}

async function deliverOneByOne(input: DeliveryInput, windows: readonly PlanWindow[]): Promise<DeliveryResult> {
  const submitted = await submittedBatches(input.deps, input.run, input.isRecovery);
  const tally = createTally(input);
  const gate = createGate(input);
  const consent = createConsentGate(input);
  let stop: Fault | undefined;
  for (const window of windows) {
    if (stop || input.signal.aborted) {
      tally.skip(window);
      continue;
    }
    const waiting = await gate.waitingIn(window, async () => undefined);
    const rows = await readWindow(input.deps, input.run, window, operationsOfPlan(input));
    for (const batch of cutBatches(rows.rows(), input.prepared.object.batch)) {
      const part: PlanWindow = { first: batch[0].seq, last: batch[batch.length - 1]?.seq ?? batch[0].seq };
      if (stop || input.signal.aborted) {
        tally.skip(part);
        continue;
      }
      await recordIntent(input.deps, input.run, part);
      const sent = await sendWindow(input, part, batch, { waiting, consent, submitted });
      gate.saw(sent);
      stop = sent.stop;
      await recordWindow(input.deps, input.run, part, sent.exceptions);
      tally.count(sent);
    }
  }
  return { outcome: tally.outcome(), stop, withdrawn: consent.withdrawn() };
}

interface Sent {
  readonly window: PlanWindow;
  readonly exceptions: readonly RowOutcome[];
  readonly stop: Fault | undefined;
}

const none: ReadonlySet<number> = new Set();

/**
 * Keeps back the writes that must not overtake a removal: those whose key the destination may treat as the key of a row whose removal was
 * refused or may still be on its way. The next run plans them again; all other writes are sent.
 */
function createGate({ deps, run, prepared, lastRemoval, isRecovery }: DeliveryInput) {
  let isAnyOpen = isRecovery || run.held > 0;
  let waiting: Promise<ReadonlySet<number>> | undefined;
  return {
    saw({ window, exceptions }: Sent) {
      if (window.first <= lastRemoval) isAnyOpen ||= exceptions.some(({ seq, outcome }) => seq <= lastRemoval && outcome !== 'accepted');
    },
    /** Read once, at the first window of writes: by then no outcome of a removal can change any more. */
    async waitingIn({ last }: PlanWindow, recorded: () => Promise<void>): Promise<ReadonlySet<number>> {
      if (last <= lastRemoval || !isAnyOpen) return none;
      waiting ??= recorded().then(() => findWaiting(deps, run, prepared));
      return waiting;
    },
  };
}

interface WindowGates {
  /** Places of writes that must not overtake a removal. */
  readonly waiting: ReadonlySet<number>;
  readonly consent: ConsentGate;
  readonly submitted: SubmittedBatches;
}

/** As many batches side by side as the connector allows. A key is in one batch only, so its order is kept. */
async function sendWindow(
  input: DeliveryInput,
  window: PlanWindow,
  rows: Iterable<OutgoingRow>,
  { waiting, consent, submitted }: WindowGates,
): Promise<Sent> {
  const { prepared, sender, deps, run, signal } = input;
  const exceptions: RowOutcome[] = [];
  const batches = cutBatches(
    waiting.size === 0 ? rows : without(rows, waiting, (row) => exceptions.push(untried(row, input))),
    prepared.object.batch,
  );
  let stop: Fault | undefined;

  const lane = async () => {
    for (let next = batches.next(); !next.done; next = batches.next()) {
      // What the destination has taken already is only asked about.
      const isTaken = submitted.stepOf(batchIdOf(run.run_id, next.value)) !== undefined;
      const { kept: batch, withdrawn } = isTaken ? { kept: next.value, withdrawn: [] } : await consent.pass(next.value, window);
      exceptions.push(...withdrawn.map((row) => untried(row, input)));
      if (batch === undefined) continue;
      if (stop || signal.aborted) {
        exceptions.push(...batch.map((row) => untried(row, input)));
        continue;
      }
      const delivery = await deliverBatch(batch, run.run_id, {
        attempt: sender.attempt,
        isIdempotent: prepared.object.isIdempotent,
        isInDoubt: input.isRecovery,
        retry: deps.delivery.retry,
        clock: deps.delivery.clock,
        signal,
        pass: sender.gate.pass,
        onThrottled: (ms) => sender.gate.pause(ms),
        longestJobMs: (prepared.object.kind === 'http' ? prepared.object.longestJobMs : undefined) ?? LONGEST_JOB_MS,
        submitted,
      });
      stop ??= delivery.stop;
      exceptions.push(...exceptionsOf(batch, delivery.outcomes, input));
    }
  };
  await Promise.all(Array.from({ length: prepared.connector.limits.concurrency }, lane));
  return { window, exceptions, stop };
}

function* without(rows: Iterable<OutgoingRow>, waiting: ReadonlySet<number>, keepBack: (row: OutgoingRow) => void): Generator<OutgoingRow> {
  for (const row of rows) {
    if (waiting.has(row.seq)) keepBack(row);
    else yield row;
  }
}

function exceptionsOf(batch: Rows, outcomes: readonly (Outcome | undefined)[], input: DeliveryInput): RowOutcome[] {
  const exceptions: RowOutcome[] = [];
  batch.forEach((row, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) exceptions.push(untried(row, input));
    else if (outcome !== accepted) exceptions.push(exceptionOf(row, outcome));
  });
  return exceptions;
}

const nothingSaid = { is_in_doubt: false, fault: '', message: '', field: '', remote_id: '' } as const;

/**
 * A row that is not sent now. In a recovery, it may have been sent before the process died; if it were forgotten, it would never be
 * removed.
 */
function untried({ seq }: OutgoingRow, { isRecovery }: DeliveryInput): RowOutcome {
  if (!isRecovery) return { ...nothingSaid, seq, outcome: 'skipped' };
  const message = 'the process ended before the answer';
  return { ...nothingSaid, seq, outcome: 'unknown', is_in_doubt: true, fault: 'unknown_result', message };
}

function exceptionOf(row: OutgoingRow, outcome: Outcome): RowOutcome {
  const none = { ...nothingSaid, seq: row.seq };
  if (outcome.ok) return { ...none, outcome: 'accepted', remote_id: outcome.remoteId ?? '' };
  const { fault } = outcome;
  const isRemoval = row.operation === 'delete' || row.operation === 'remove';
  // What is not there any more has been removed.
  if (fault.kind === 'not_found' && isRemoval) return { ...none, outcome: 'accepted' };
  // An answer that cannot be understood may mean that rows were accepted.
  const isUnknown = fault.kind === 'unknown_result' || fault.kind === 'vendor_contract';
  const isInDoubt = outcome.isInDoubt ?? false;
  // Turned away now, but an earlier attempt may have been accepted.
  const turnedAway = isInDoubt ? 'unknown' : 'not_sent';
  return {
    ...none,
    outcome: isUnknown ? 'unknown' : wasNotSent(fault) ? turnedAway : 'rejected',
    is_in_doubt: isInDoubt,
    fault: fault.kind,
    message: fault.message,
    field: 'field' in fault ? (fault.field ?? '') : '',
  };
}

function createTally({ lastRemoval, onProgress }: DeliveryInput) {
  const total = { accepted: 0, rejected: 0, unknown: 0, skipped: 0, removed: 0 };
  let done = 0;
  const progress = (rows: number) => {
    done += rows;
    onProgress?.(done);
  };
  return {
    outcome: (): RunOutcome => ({ ...total }),
    skip({ first, last }: PlanWindow) {
      total.skipped += last - first + 1;
    },
    count({ window: { first, last }, exceptions }: Sent) {
      total.accepted += last - first + 1;
      total.removed += Math.max(0, Math.min(last, lastRemoval) - first + 1);
      for (const { seq, outcome } of exceptions) {
        if (outcome === 'accepted') continue;
        total.accepted -= 1;
        total[outcome === 'not_sent' ? 'skipped' : outcome] += 1;
        if (seq <= lastRemoval) total.removed -= 1;
      }
      progress(last - first + 1);
    },
  };
}

/** Reads a window and writes its intent while the one before it is being sent: when its turn comes, its requests may leave at once. */
function prefetch(input: DeliveryInput, window: PlanWindow): Promise<WindowRows> {
  const { deps, run } = input;
  const prepared = Promise.all([readWindow(deps, run, window, operationsOfPlan(input)), recordIntent(deps, run, window)]);
  // Awaited when its turn comes; until then a failure must not end the process.
  const rows = prepared.then(([read]) => read);
  rows.catch(() => undefined);
  return rows;
}

function operationsOfPlan({ prepared, lastRemoval }: DeliveryInput): (seq: number) => Operation {
  const { write, removal } = operationsOf(prepared.diff);
  return (seq) => (seq <= lastRemoval ? removal : write);
}
