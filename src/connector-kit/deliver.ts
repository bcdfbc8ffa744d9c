/** Delivers one batch: retries, waits, splits, and reports for every row what happened to it. Faults decide, not exceptions. */
import { halves } from './batch.ts';
import type { NextRequest } from './connector.ts';
import { type Fault, leavesDoubt, nextStep } from './fault.ts';
import type { Outcome } from './outcome.ts';
import { backoffMs, type RetryPolicy } from './retry.ts';
import type { Rows } from './row.ts';

/**
 * One attempt: an outcome per row, a fault of the whole batch, or what to ask next. `step` is where an earlier attempt of the batch left off.
 * Never throws for what a destination does.
 */
export type Attempt = (rows: Rows, batchId: string, step?: string) => Promise<Outcome[] | Fault | NextRequest>;

/** Batches that the destination has taken and not finished, by their idempotency keys. */
export interface SubmittedBatches {
  /** The step that an earlier process left off at. */
  stepOf(batchId: string): string | undefined;
  /** Resolves when a process that comes after a crash will find it. */
  keep(batchId: string, step: string): Promise<void>;
}

/** Time and chance, passed in so that a test controls them. */
export interface DeliveryClock {
  now(): Date;
  /** Resolves after `ms`, or at once when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  chance(): number;
}

export interface Delivery {
  /** One per row, in order. `undefined`: not tried, because the run was stopped before. */
  readonly outcomes: readonly (Outcome | undefined)[];
  /** Why the run must stop: the destination's set-up, its login or its whole service is at fault. */
  readonly stop: Fault | undefined;
}

export interface DeliveryDeps {
  readonly attempt: Attempt;
  readonly isIdempotent: boolean;
  /** An earlier process that died may have sent the rows already. */
  readonly isInDoubt: boolean;
  readonly retry: RetryPolicy;
  readonly clock: DeliveryClock;
  /**
   * After it is aborted nothing more is sent. Requests under way are awaited, because breaking them off would make their outcome unknown.
   */
  readonly signal: AbortSignal;
  /** Resolves when the connection may be used. */
  readonly pass: (signal: AbortSignal) => Promise<void>;
  /** Makes the other batches of the connection wait as long as this one was told to. */
  readonly onThrottled: (waitMs: number) => void;
  /** How long a submitted batch may stay without a result, in milliseconds. */
  readonly longestJobMs: number;
  readonly submitted: SubmittedBatches;
}

/** A part of the batch that is still to be sent: `places` are its rows' positions in the batch. */
interface Piece {
  readonly rows: Rows;
  readonly places: readonly number[];
  readonly attempts: number;
  /** How often it was throttled in a row, and how long it has waited because of that. */
  readonly throttles: number;
  readonly throttledMs: number;
  /** An earlier attempt may have been applied: a later refusal does not undo it. */
  readonly isInDoubt: boolean;
  /** The result of the last attempt; it is the outcome when no further attempt follows. */
  readonly lastFault: Fault | undefined;
  /** Where its last request left off, and how many requests it took to get there. */
  readonly step: string | undefined;
  readonly steps: number;
  /** How often it has begun anew after the destination had answered for its rows. */
  readonly rounds: number;
  /** When the destination took it; undefined while it has not. */
  readonly submittedAt: Date | undefined;
}

const fresh = { attempts: 0, throttles: 0, throttledMs: 0, step: undefined, steps: 0, rounds: 0, submittedAt: undefined } as const;

/** Before the destination has taken a batch; more would be a connector that goes round in a circle. */
const MOST_STEPS = 50;

const isNextRequest = (result: object): result is NextRequest => 'step' in result;

/**
 * The idempotency key of `rows`. Made from the run and the rows' places in its plan, so that a retry, also after a crash, has the same key,
 * and a part of a batch has another key than the whole. The count distinguishes a part with gaps from a full one.
 */
export function batchIdOf(runId: string, rows: Rows): string {
  const last = rows[rows.length - 1] ?? rows[0];
  return `${runId}_${rows[0].seq}_${last.seq}_${rows.length}`;
}

export async function deliverBatch(batch: Rows, runId: string, deps: DeliveryDeps): Promise<Delivery> {
  const outcomes: (Outcome | undefined)[] = new Array(batch.length).fill(undefined);
  const places = batch.map((_, index) => index);
  const resumed = deps.submitted.stepOf(batchIdOf(runId, batch));
  const begun = resumed === undefined ? {} : { step: resumed, submittedAt: deps.clock.now() };
  const pieces: Piece[] = [{ ...fresh, rows: batch, places, isInDoubt: deps.isInDoubt, lastFault: undefined, ...begun }];
  let stop: Fault | undefined;

  const settle = (piece: Piece, fault: Fault) => {
    // What was submitted may be applied whatever a later request says.
    const isInDoubt = piece.isInDoubt || piece.submittedAt !== undefined || leavesDoubt(fault);
    const outcome: Outcome = { ok: false, fault, isInDoubt };
    for (const place of piece.places) outcomes[place] = outcome;
  };

  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    if (!stop) await deps.pass(deps.signal);
    if (stop || deps.signal.aborted) {
      if (piece.lastFault) settle(piece, piece.lastFault);
      continue;
    }
    const result = await deps.attempt(piece.rows, batchIdOf(runId, piece.rows), piece.step);
    const tried: Piece = { ...piece, attempts: piece.attempts + 1 };

    if (!Array.isArray(result)) {
      await (isNextRequest(result) ? goOn(tried, result) : onBatchFault(tried, result));
    } else if (result.length !== piece.rows.length) {
      stop = { kind: 'vendor_contract', message: `the connector gave ${result.length} outcomes for ${piece.rows.length} rows` };
      settle(tried, stop);
    } else {
      await onOutcomes(tried, result);
    }
  }
  return { outcomes, stop };

  async function onOutcomes(piece: Piece, results: readonly Outcome[]): Promise<void> {
    const again: number[] = [];
    let fault: Fault | undefined;
    results.forEach((outcome, index) => {
      const place = piece.places[index] ?? 0;
      outcomes[place] = outcome.ok ? outcome : { ...outcome, isInDoubt: piece.isInDoubt || leavesDoubt(outcome.fault) };
      if (outcome.ok) return;
      const step = nextStep(outcome.fault, deps.isIdempotent);
      if (step === 'wait_and_retry') {
        again.push(index);
        fault = outcome.fault;
      } else if (step === 'stop_run' || step === 'pause_connection') {
        stop = outcome.fault;
      }
    });
    const rest = part(piece, again);
    if (rest && fault && !stop) await retryLater(rest, fault);
  }

  async function goOn(piece: Piece, { step, afterMs = 0, isSubmitted = false }: NextRequest): Promise<void> {
    const submittedAt = piece.submittedAt ?? (isSubmitted ? deps.clock.now() : undefined);
    if (submittedAt !== undefined && step !== piece.step) await deps.submitted.keep(batchIdOf(runId, piece.rows), step);
    const waiting: Fault = { kind: 'unknown_result', message: 'the destination has taken the rows and not said what became of them' };
    const lastFault = submittedAt === undefined ? piece.lastFault : waiting;
    const steps = piece.steps + 1;
    const next: Piece = { ...piece, attempts: 0, throttles: 0, throttledMs: 0, step, steps, submittedAt, lastFault };
    if (submittedAt === undefined && steps > MOST_STEPS) {
      stop = { kind: 'vendor_contract', message: `the connector asked for more than ${MOST_STEPS} requests for a batch` };
      return settle(next, stop);
    }
    if (submittedAt !== undefined && deps.clock.now().getTime() + afterMs - submittedAt.getTime() > deps.longestJobMs) {
      return settle(next, waiting);
    }
    await deps.clock.sleep(afterMs, deps.signal);
    pieces.push(next);
  }

  async function onBatchFault(piece: Piece, fault: Fault): Promise<void> {
    switch (nextStep(fault, deps.isIdempotent || piece.submittedAt !== undefined)) {
      case 'stop_run':
      case 'pause_connection':
        stop = fault;
        return settle(piece, fault);
      case 'hold_for_a_person':
        return settle(piece, fault);
      case 'wait_and_retry':
        return retryLater(piece, fault);
      // The batch was refused as a whole because of its rows or its size: it is halved until the bad row is alone.
      case 'reject_row':
      case 'split_batch': {
        if (piece.rows.length === 1 || piece.submittedAt !== undefined) return settle(piece, fault);
        const [first, second] = halves(piece.rows);
        const middle = first.length;
        pieces.push({ ...piece, ...fresh, rows: second, places: piece.places.slice(middle) });
        pieces.push({ ...piece, ...fresh, rows: first, places: piece.places.slice(0, middle) });
        return;
      }
    }
  }

  async function retryLater(piece: Piece, fault: Fault): Promise<void> {
    const isThrottled = fault.kind === 'throttled';
    // A throttled attempt was turned away unread: it does not use up an attempt.
    const attempts = isThrottled ? piece.attempts - 1 : piece.attempts;
    const throttles = isThrottled ? piece.throttles + 1 : 0;
    const told = isThrottled ? fault.retryAfterMs : undefined;
    const waitMs = told ?? backoffMs(deps.retry, isThrottled ? throttles : piece.attempts, deps.clock.chance());
    const throttledMs = piece.throttledMs + (isThrottled ? waitMs : 0);
    if (attempts >= deps.retry.maxAttempts || throttledMs > deps.retry.maxThrottledMs) {
      // What failed for so long would fail for the next batch too.
      stop = fault;
      return settle(piece, fault);
    }
    if (isThrottled) deps.onThrottled(waitMs);
    await deps.clock.sleep(waitMs, deps.signal);
    // A question about a submitted batch that fails changes nothing over there.
    const isInDoubt = piece.isInDoubt || (piece.submittedAt === undefined && leavesDoubt(fault));
    pieces.push({ ...piece, attempts, throttles, throttledMs, isInDoubt, lastFault: fault });
  }
}

/** Rows that are to be sent again, from the first request on. */
function part(piece: Piece, indexes: readonly number[]): Piece | undefined {
  const [first, ...others] = indexes.flatMap((index) => piece.rows[index] ?? []);
  if (!first) return undefined;
  const places = indexes.map((index) => piece.places[index] ?? 0);
  const attempts = piece.step === undefined ? piece.attempts : piece.rounds + 1;
  return {
    ...piece,
    rows: [first, ...others],
    places,
    attempts,
    step: undefined,
    steps: 0,
    submittedAt: undefined,
    rounds: piece.rounds + 1,
  };
}
