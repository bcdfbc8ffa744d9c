/**
 * Gathers the rows of many requests into few inserts, and tells each request when its rows are durable.
 *
 * ClickHouse wants few large inserts, clients make many small requests; its own queue for that (async_insert) does not exist on the
 * embedded server, and where it does it hides which rows of whom have failed. So the gathering is done here.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WarehouseClient } from '../warehouse/client.ts';
import { errors } from './errors.ts';
import { createLandingWatch, type LandingWatch } from './landing-watch.ts';
import type { EventRow, RejectionReason } from './message.ts';

/** A row of `sluice_raw.rejected_events`. */
export interface RejectedRow {
  readonly received_at: string;
  readonly source: string;
  readonly message_id: string;
  readonly reason: RejectionReason;
  readonly detail: string;
  readonly message: string;
  readonly message_bytes: number;
  readonly request_id: string;
}

export interface Landed {
  readonly events: readonly EventRow[];
  readonly rejected: readonly RejectedRow[];
}

export interface Landing {
  /**
   * Resolves when every row is on disk.
   * @throws CdpError `collect.overloaded` (nothing was taken), `collect.not_durable` (nothing may be acknowledged).
   */
  land(rows: Landed): Promise<void>;
  /** Stores what is waiting, then refuses more. */
  close(): Promise<void>;
}

export interface LandingLimits {
  /** What waits or is being inserted beyond this is refused: the process holds each message about three times while it inserts it. */
  readonly maxWaitingBytes: number;
  /** Of one insert; a request is never split. */
  readonly maxBytesPerInsert: number;
  /** Rows of one insert: past 10,000 the rate grows little (73,000 rows/s at 10,000; 34,000 at 1,000), and a failure costs more. */
  readonly maxRowsPerInsert: number;
  /** How long the first row waits for company. A request alone pays this; under load an insert takes longer than that anyway. */
  readonly gatherMs: number;
  /** Pauses before the second and following attempts of an insert. A server that restarts is back within them. */
  readonly retryAfterMs: readonly number[];
}

const LIMITS: LandingLimits = {
  maxWaitingBytes: 64 * 1024 * 1024,
  maxBytesPerInsert: 16 * 1024 * 1024,
  maxRowsPerInsert: 10_000,
  gatherMs: 5,
  retryAfterMs: [100, 400, 1_500],
};

/** Of a row besides its message: ids, times and what JavaScript needs for an object. */
const ROW_OVERHEAD_BYTES = 512;

interface Waiting extends Landed {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createLanding(
  client: Pick<WarehouseClient, 'insert'>,
  limits: LandingLimits = LIMITS,
  watch: LandingWatch = createLandingWatch(),
): Landing {
  const waiting: Waiting[] = [];
  /** Of all requests that are not answered yet. */
  let heldBytes = 0;
  let isClosed = false;
  /** One round at a time: what arrives meanwhile becomes the next, larger one. */
  let round: Promise<void> | undefined;

  async function rounds(): Promise<void> {
    if (!isClosed) await sleep(limits.gatherMs);
    while (waiting.length > 0) {
      const batch = takeBatch();
      const outcome = await watch
        .follow(() => store(batch))
        .then(
          () => undefined,
          (cause: unknown) => ({ cause }),
        );
      for (const request of batch) {
        heldBytes -= request.bytes;
        if (outcome === undefined) request.resolve();
        else request.reject(errors.not_durable('The warehouse did not take the messages', outcome));
      }
    }
    round = undefined;
  }

  function takeBatch(): Waiting[] {
    let rows = 0;
    let bytes = 0;
    let requests = 0;
    for (const request of waiting) {
      rows += rowsOf(request);
      bytes += request.bytes;
      if (requests > 0 && (rows > limits.maxRowsPerInsert || bytes > limits.maxBytesPerInsert)) break;
      requests += 1;
    }
    return waiting.splice(0, requests);
  }

  /** Both tables, each with a token: an attempt whose answer was lost is repeated without doubling anything. */
  async function store(batch: readonly Waiting[]): Promise<void> {
    const token = randomUUID();
    const events = batch.flatMap((request) => request.events);
    const rejected = batch.flatMap((request) => request.rejected);
    if (events.length > 0) await insert('sluice_raw.events', events, token);
    if (rejected.length > 0) await insert('sluice_raw.rejected_events', rejected, token);
  }

  async function insert(table: string, rows: readonly object[], dedupToken: string): Promise<void> {
    for (const pauseMs of limits.retryAfterMs) {
      try {
        await client.insert(table, rows, { dedupToken });
        return;
      } catch {
        // Whatever it was, the last attempt below reports it.
        await sleep(pauseMs);
      }
    }
    await client.insert(table, rows, { dedupToken });
  }

  return {
    land(rows) {
      if (rowsOf(rows) === 0) return Promise.resolve();
      if (isClosed) return Promise.reject(errors.overloaded('The service is stopping'));
      const bytes = bytesOf(rows);
      if (heldBytes + bytes > limits.maxWaitingBytes)
        return Promise.reject(errors.overloaded('Too many messages are waiting to be stored'));
      return new Promise((resolve, reject) => {
        waiting.push({ ...rows, bytes, resolve, reject });
        heldBytes += bytes;
        round ??= rounds();
      });
    },
    async close() {
      isClosed = true;
      await round;
    },
  };
}

const rowsOf = ({ events, rejected }: Landed) => events.length + rejected.length;

function bytesOf({ events, rejected }: Landed): number {
  let bytes = 0;
  for (const { message } of events) bytes += message.length + ROW_OVERHEAD_BYTES;
  for (const { message } of rejected) bytes += message.length + ROW_OVERHEAD_BYTES;
  return bytes;
}
