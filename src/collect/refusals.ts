/**
 * Counts the requests that collection refused as a whole, and writes the counts into `sluice_audit.refused_requests`.
 *
 * A client drops a refused request without a word, so an operator must be able to see it here. Counts are kept in memory and written
 * every few seconds: a stranger who sends a million requests with a wrong key costs a few rows. A killed process loses the counts of its
 * last seconds.
 */
import { randomUUID } from 'node:crypto';
import type { WarehouseClient } from '../warehouse/client.ts';

export interface Refusal {
  /** '' when the key is missing or not valid. */
  readonly source: string;
  /** The part of the key that may be kept: see `keyPrefix`. */
  readonly keyPrefix: string;
  /** Code of the error that was answered; `rejected_not_kept` counts rejected messages whose text was not kept. */
  readonly reason: string;
  /** Number of refusals; 1 by default. */
  readonly count?: number;
}

export interface Refusals {
  count(refusal: Refusal): void;
  /** Writes the counts. Counts that the warehouse does not take are kept for the next time. Never throws. */
  flush(): Promise<void>;
  /** Writes the counts a last time. */
  close(): Promise<void>;
}

/** A row of `sluice_audit.refused_requests`. */
interface RefusedRow {
  readonly first_at: string;
  readonly last_at: string;
  readonly source: string;
  readonly key_prefix: string;
  readonly reason: string;
  readonly request_count: number;
}

const FLUSH_EVERY_MS = 10_000;
/** Strangers make up prefixes: past this number at once, further ones are counted together under OTHERS. */
const MAX_COUNTED = 1_000;
const OTHERS = '(other keys)';

export function createRefusals(client: Pick<WarehouseClient, 'insert'>, now: () => Date = () => new Date()): Refusals {
  let counted = new Map<string, RefusedRow>();
  let flushing: Promise<void> = Promise.resolve();

  function add(row: RefusedRow): void {
    const nameOf = (prefix: string) => JSON.stringify([row.source, prefix, row.reason]);
    const isNew = !counted.has(nameOf(row.key_prefix));
    const key_prefix = isNew && counted.size >= MAX_COUNTED ? OTHERS : row.key_prefix;
    const before = counted.get(nameOf(key_prefix));
    counted.set(nameOf(key_prefix), {
      ...row,
      key_prefix,
      first_at: before === undefined || row.first_at < before.first_at ? row.first_at : before.first_at,
      last_at: before === undefined || row.last_at > before.last_at ? row.last_at : before.last_at,
      request_count: (before?.request_count ?? 0) + row.request_count,
    });
  }

  async function write(): Promise<void> {
    if (counted.size === 0) return;
    const rows = [...counted.values()];
    counted = new Map();
    try {
      await client.insert('sluice_audit.refused_requests', rows, { dedupToken: randomUUID() });
    } catch {
      // The warehouse is away; /healthz and the log say so. When only the answer was lost, these may be counted twice.
      for (const row of rows) add(row);
    }
  }

  const flush = () => (flushing = flushing.then(write));
  const timer = setInterval(() => void flush(), FLUSH_EVERY_MS);
  // The timer must not keep a process alive.
  timer.unref();

  return {
    count({ source, keyPrefix, reason, count = 1 }) {
      const at = now().toISOString();
      add({ first_at: at, last_at: at, source, key_prefix: keyPrefix, reason, request_count: count });
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
