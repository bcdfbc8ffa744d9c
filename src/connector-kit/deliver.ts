/** Takes one batch to its end: retries, waits, splits, and says for every row what became of it. Faults decide, not exceptions. */
import { halves } from './batch.ts';
import { type Fault, leavesDoubt, nextStep } from './fault.ts';
import type { Outcome } from './outcome.ts';
import { backoffMs, type RetryPolicy } from './retry.ts';
import type { Rows } from './row.ts';

/** One try: an outcome per row, or the fault that befell the whole batch. Never throws for what a destination does. */
export type Attempt = (rows: Rows, batchId: string) => Promise<Outcome[] | Fault>;

/** Time and chance, handed in so that a test decides them. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`, or at once when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  chance(): number;
}

export interface Delivery {
  /** One per row, in order. `undefined`: not tried, because the run was stopped before. */
  readonly outcomes: readonly (Outcome | undefined)[];
  /** Why the run must not go on: the destination's set-up, its login or its whole service is at fault. */
  readonly stop: Fault | undefined;
}

export interface DeliveryDeps {
  readonly attempt: Attempt;
  readonly isIdempotent: boolean;
  /** The rows may have been sent and applied before, by a process that died. */
  readonly isInDoubt: boolean;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  /** Nothing leaves after it; what has left is waited for, because breaking it off would make its outcome unknown. */
  readonly signal: AbortSignal;
  /** Resolves when the connection may be used. */
  readonly pass: (signal: AbortSignal) => Promise<void>;
  /** Tells the other batches of the connection to hold back for as long as this one was told to. */
  readonly onThrottled: (waitMs: number) => void;
}

/** A part of the batch that is still to be sent: `places` are its rows' positions in the batch. */
interface Piece {
  readonly rows: Rows;
  readonly places: readonly number[];
  readonly attempts: number;
  /** How often it was throttled in a row, and how long it has waited because of that. */
  readonly throttles: number;
  readonly throttledMs: number;
  /** A try so far may have been applied: a later refusal does not undo it. */
  readonly isInDoubt: boolean;
  /** What the last try came to; stands as the outcome if there is no further one. */
  readonly lastFault: Fault | undefined;
}

/**
 * The idempotency key of `rows`. Made of the run and the places in its plan, so that a retry, also one after a crash, has the same, and a
 * part of a batch has another than the whole. The count tells a part with gaps from a full one.
 */
export function batchIdOf(runId: string, rows: Rows): string {
  const last = rows[rows.length - 1] ?? rows[0];
  return `${runId}_${rows[0].seq}_${last.seq}_${rows.length}`;
}

export async function deliverBatch(batch: Rows, runId: string, deps: DeliveryDeps): Promise<Delivery> {
  const outcomes: (Outcome | undefined)[] = new Array(batch.length).fill(undefined);
  const places = batch.map((_, index) => index);
  const pieces: Piece[] = [
    { rows: batch, places, attempts: 0, throttles: 0, throttledMs: 0, isInDoubt: deps.isInDoubt, lastFault: undefined },
  ];
  let stop: Fault | undefined;

  const settle = (piece: Piece, fault: Fault) => {
    const outcome: Outcome = { ok: false, fault, isInDoubt: piece.isInDoubt || leavesDoubt(fault) };
    for (const place of piece.places) outcomes[place] = outcome;
  };

  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    if (!stop) await deps.pass(deps.signal);
    if (stop || deps.signal.aborted) {
      if (piece.lastFault) settle(piece, piece.lastFault);
      continue;
    }
    const result = await deps.attempt(piece.rows, batchIdOf(runId, piece.rows));
    const tried: Piece = { ...piece, attempts: piece.attempts + 1 };

    if (!Array.isArray(result)) {
      await onBatchFault(tried, result);
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

  async function onBatchFault(piece: Piece, fault: Fault): Promise<void> {
    switch (nextStep(fault, deps.isIdempotent)) {
      case 'stop_run':
      case 'pause_connection':
        stop = fault;
        return settle(piece, fault);
      case 'hold_for_a_person':
        return settle(piece, fault);
      case 'wait_and_retry':
        return retryLater(piece, fault);
      // A batch refused as a whole for its rows or its size: halved until the bad row stands alone.
      case 'reject_row':
      case 'split_batch': {
        if (piece.rows.length === 1) return settle(piece, fault);
        const [first, second] = halves(piece.rows);
        const middle = first.length;
        pieces.push({ ...piece, rows: second, places: piece.places.slice(middle), attempts: 0 });
        pieces.push({ ...piece, rows: first, places: piece.places.slice(0, middle), attempts: 0 });
        return;
      }
    }
  }

  async function retryLater(piece: Piece, fault: Fault): Promise<void> {
    const isThrottled = fault.kind === 'throttled';
    // A throttled try was turned away at the door: it says nothing about the next one, and does not use one up.
    const attempts = isThrottled ? piece.attempts - 1 : piece.attempts;
    const throttles = isThrottled ? piece.throttles + 1 : 0;
    const told = isThrottled ? fault.retryAfterMs : undefined;
    const waitMs = told ?? backoffMs(deps.retry, isThrottled ? throttles : piece.attempts, deps.clock.chance());
    const throttledMs = piece.throttledMs + (isThrottled ? waitMs : 0);
    if (attempts >= deps.retry.maxAttempts || throttledMs > deps.retry.maxThrottledMs) {
      // What did not work for so long will not work for the next batch either.
      stop = fault;
      return settle(piece, fault);
    }
    if (isThrottled) deps.onThrottled(waitMs);
    await deps.clock.sleep(waitMs, deps.signal);
    pieces.push({ ...piece, attempts, throttles, throttledMs, isInDoubt: piece.isInDoubt || leavesDoubt(fault), lastFault: fault });
  }
}

function part(piece: Piece, indexes: readonly number[]): Piece | undefined {
  const [first, ...others] = indexes.flatMap((index) => piece.rows[index] ?? []);
  if (!first) return undefined;
  return { ...piece, rows: [first, ...others], places: indexes.map((index) => piece.places[index] ?? 0) };
}
