/**
 * Gathers the rows of many requests into few inserts, and tells each request when its rows are durable.
 *
 * ClickHouse wants few large inserts, clients make many small requests. ClickHouse's own queue for that (async_insert) does not exist on
 * the embedded server; on others it hides whose rows have failed. So the rows are gathered here.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WarehouseClient } from '../warehouse/client.ts';
import { errors } from './errors.ts';
import { createLandingWatch, type LandingWatch } from './landing-watch.ts';
import type { EventRow, RejectionReason } from './message.ts';
import { type Columns, rowBinary } from './row-binary.ts';

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

export interface LandingRows {
  readonly events: readonly EventRow[];
  readonly rejected: readonly RejectedRow[];
}

export interface Landing {
  /**
   * Resolves when every row is on disk.
   * @throws CdpError `collect.overloaded` (nothing was taken), `collect.not_durable` (nothing may be acknowledged).
   */
  land(rows: LandingRows): Promise<void>;
  /** Stores what is waiting, then refuses more. */
  close(): Promise<void>;
}

export interface LandingLimits {
  /** Bytes that wait or are being inserted; more are refused. */
  readonly maxWaitingBytes: number;
  /** Bytes of one insert; a request is never split. */
  readonly maxBytesPerInsert: number;
  /** Rows of one insert: past 10,000 the rate grows little (73,000 rows/s at 10,000; 34,000 at 1,000), and a failure costs more. */
  readonly maxRowsPerInsert: number;
  /** How long the first row waits for others. A request alone pays this; under load an insert takes longer than that anyway. */
  readonly gatherMs: number;
  /** Inserts at the same time. One is enough until it is slow: rows that arrive meanwhile become the next, larger insert. */
  readonly maxInserts: number;
  /**
   * With so many rows waiting, the next insert does not wait for the one under way. Each insert costs the server 2.7 ms of processor
   * besides 5 µs a row, and makes a part that has to be merged: small inserts are expensive.
   */
  readonly rowsBesideOthers: number;
  /**
   * After the first row has waited this long, the next insert starts as well: the one under way is slow or hangs, and must not hold up the
   * others.
   */
  readonly waitMsBesideOthers: number;
  /** Pauses before the second and following attempts of an insert. A server that restarts is back within them. */
  readonly retryAfterMs: readonly number[];
}

const LIMITS: LandingLimits = {
  maxWaitingBytes: 64 * 1024 * 1024,
  maxBytesPerInsert: 16 * 1024 * 1024,
  maxRowsPerInsert: 10_000,
  gatherMs: 5,
  maxInserts: 4,
  rowsBesideOthers: 2_000,
  waitMsBesideOthers: 250,
  retryAfterMs: [100, 400, 1_500],
};

/** Bytes of a row besides its message: ids, times, and characters of more than one byte. */
const ROW_OVERHEAD_BYTES = 512;

const EVENTS: Columns<EventRow> = [
  ['message_id', 'text'],
  ['type', 'text'],
  ['event', 'text'],
  ['source', 'text'],
  ['anonymous_id', 'text'],
  ['user_id', 'text'],
  ['previous_id', 'text'],
  ['group_id', 'text'],
  ['occurred_at', 'moment'],
  ['original_timestamp', 'moment or null'],
  ['sent_at', 'moment or null'],
  ['received_at', 'moment'],
  ['time_correction', 'text'],
  ['message', 'text'],
  ['has_long_numbers', 'bool'],
];

const REJECTED: Columns<RejectedRow> = [
  ['received_at', 'moment'],
  ['source', 'text'],
  ['message_id', 'text'],
  ['reason', 'text'],
  ['detail', 'text'],
  ['message', 'text'],
  ['message_bytes', 'uint64'],
  ['request_id', 'text'],
];

/** Rows as bytes, so that the objects they were made of can be freed. */
interface Bytes {
  readonly events: Buffer;
  readonly rejected: Buffer;
}

interface Request {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Waiting extends Bytes {
  readonly rows: number;
  readonly sinceMs: number;
  readonly request: Request;
}

export function createLanding(
  client: Pick<WarehouseClient, 'insert'>,
  limits: LandingLimits = LIMITS,
  watch: LandingWatch = createLandingWatch(),
): Landing {
  const waiting: Waiting[] = [];
  let waitingRows = 0;
  /** Bytes of all requests that are not answered yet. */
  let heldBytes = 0;
  let isClosed = false;
  /** Inserts that the server is busy with. An insert that pauses before its next attempt does not count. */
  let underWay = 0;
  const batches = new Set<Promise<void>>();
  /** Timer that looks again when the first waiting row has waited long enough. */
  let timer: NodeJS.Timeout | undefined;
  let looksAtMs = Number.POSITIVE_INFINITY;

  /** Starts the inserts that may start now, and sets the timer for the rest. */
  function advance(): void {
    while (isReady()) {
      const batch: Promise<void> = store(takeBatch()).finally(() => batches.delete(batch));
      batches.add(batch);
    }
    const atMs = waiting[0] === undefined || underWay >= limits.maxInserts ? Number.POSITIVE_INFINITY : startsAtMs(waiting[0]);
    if (atMs === looksAtMs) return;
    clearTimeout(timer);
    looksAtMs = atMs;
    if (atMs < Number.POSITIVE_INFINITY) timer = setTimeout(onTime, Math.max(1, atMs - performance.now()));
  }

  function onTime(): void {
    looksAtMs = Number.POSITIVE_INFINITY;
    advance();
  }

  /** When the first waiting row is sent, even if no other joins it. */
  const startsAtMs = (first: Waiting) => first.sinceMs + (underWay === 0 ? limits.gatherMs : limits.waitMsBesideOthers);

  function isReady(): boolean {
    const [first] = waiting;
    if (first === undefined || underWay >= limits.maxInserts) return false;
    return isClosed || waitingRows >= limits.rowsBesideOthers || performance.now() >= startsAtMs(first);
  }

  /** The rows of the next insert into each table. */
  function takeBatch(): readonly Waiting[] {
    let rows = 0;
    let bytes = 0;
    let count = 0;
    for (const one of waiting) {
      const isFull = rows + one.rows > limits.maxRowsPerInsert || bytes + one.request.bytes > limits.maxBytesPerInsert;
      if (count > 0 && isFull) break;
      rows += one.rows;
      bytes += one.request.bytes;
      count += 1;
    }
    waitingRows -= rows;
    return waiting.splice(0, count);
  }

  /** Inserts into both tables, each with a token: an attempt whose answer was lost is repeated without doubling a row. Never rejects. */
  async function store(batch: readonly Waiting[]): Promise<void> {
    const token = randomUUID();
    let settle = (request: Request) => request.resolve();
    try {
      // Built here, where errors are caught: sixteen megabytes in one piece may not be available, and the caller may be a timer.
      const events = Buffer.concat(batch.map(({ events }) => events));
      const rejected = Buffer.concat(batch.map(({ rejected }) => rejected));
      await watch.follow(async () => {
        await insert('sluice_raw.events', EVENTS, events, token);
        await insert('sluice_raw.rejected_events', REJECTED, rejected, token);
      });
    } catch (cause) {
      settle = ({ reject }) => reject(errors.not_durable('The warehouse did not take the messages', { cause }));
    }
    for (const { request } of batch) {
      heldBytes -= request.bytes;
      settle(request);
    }
  }

  async function insert(table: string, columns: Columns<never>, rows: Buffer, dedupToken: string): Promise<void> {
    if (rows.length === 0) return;
    for (const [failed, pauseMs] of limits.retryAfterMs.entries()) {
      try {
        return await attempt(failed + 1);
      } catch {
        // Whatever the error was: the last attempt below reports it.
        await sleep(pauseMs);
      }
    }
    await attempt(limits.retryAfterMs.length + 1);

    async function attempt(number: number): Promise<void> {
      underWay += 1;
      try {
        const names = columns.map(([name]) => name);
        const how = { format: 'RowBinary', columns: names, dedupToken, class: 'landing', attempt: number } as const;
        await client.insert(table, Readable.from([rows], { objectMode: false }), how);
      } finally {
        underWay -= 1;
        advance();
      }
    }
  }

  return {
    land(landed) {
      const rows = landed.events.length + landed.rejected.length;
      if (rows === 0) return Promise.resolve();
      if (isClosed) return Promise.reject(errors.overloaded('The service is stopping'));
      const bytes = sizeOf(landed);
      if (heldBytes + bytes > limits.maxWaitingBytes)
        return Promise.reject(errors.overloaded('Too many messages are waiting to be stored'));
      return new Promise((resolve, reject) => {
        const asBytes = { events: rowBinary(landed.events, EVENTS), rejected: rowBinary(landed.rejected, REJECTED) };
        waiting.push({ ...asBytes, rows, sinceMs: performance.now(), request: { bytes, resolve, reject } });
        waitingRows += rows;
        heldBytes += bytes;
        advance();
      });
    },
    async close() {
      isClosed = true;
      advance();
      while (batches.size > 0) await Promise.all(batches);
    },
  };
}

/** An estimate, made before anything is turned into bytes: a refusal must cost little. */
function sizeOf({ events, rejected }: LandingRows): number {
  let bytes = 0;
  for (const { message } of events) bytes += message.length + ROW_OVERHEAD_BYTES;
  for (const { message } of rejected) bytes += message.length + ROW_OVERHEAD_BYTES;
  return bytes;
}
