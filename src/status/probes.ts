/** Whether the parts that everything stands on work now. */
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { LandingHealth } from '../collect/landing-watch.ts';
import type { Store } from '../store/store.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

const one = defineQuery({ name: 'status.probe', sql: 'select 1 as one', params: z.object({}), row: z.object({ one: z.literal(1) }) });
const freeSpace = defineQuery({
  name: 'status.disk',
  sql: 'select min(unreserved_space) as free_bytes from system.disks where not is_read_only and not is_broken',
  params: z.object({}),
  row: z.object({ free_bytes: z.coerce.number() }),
});

/** ClickHouse refuses an insert when not even its smallest part fits, and a merge long before: some seconds of collection at full speed. */
const MIN_FREE_BYTES = 100 * 1024 * 1024;
/**
 * An insert and its four attempts take two or three seconds when ClickHouse restarts, and twelve more where one of them met a connection that
 * went silent. Past this something hangs.
 */
const MAX_STORING_MS = 30_000;
/**
 * A failed insert speaks for so long. Not until the next one succeeds: nothing is sent to a service that is not ready, so that it would never
 * be ready again.
 */
const FAILURE_COUNTS_MS = 15_000;

/** Each resolves when its part works, and throws why it does not. What is not needed is shown, but collection goes on without it. */
export function probesOf(warehouse: Warehouse, store: Store, landing: () => LandingHealth) {
  return {
    warehouse: {
      isNeeded: true,
      // As the owner: the reader's queries wait for their turn, and a service that is asked much is ready all the same.
      check: async (signal: AbortSignal) => void (await warehouse.owner.ask(one, {}, { signal, class: 'probe' })),
    },
    disk: {
      isNeeded: true,
      async check(signal: AbortSignal) {
        const [disk] = await warehouse.owner.ask(freeSpace, {}, { signal, class: 'probe' });
        if (disk !== undefined) judgeDisk(disk.free_bytes);
      },
    },
    landing: { isNeeded: true, check: async () => judgeLanding(landing(), performance.now()) },
    // Keys that were verified before are trusted: requests with them are taken and stored.
    control_plane: { isNeeded: false, check: async () => void (await store.attempt((db) => db.execute(sql`select 1`))) },
  };
}

export function judgeDisk(freeBytes: number): void {
  if (freeBytes < MIN_FREE_BYTES) throw new Error(`only ${Math.floor(freeBytes / 1024 / 1024)} MiB are free on a disk of the warehouse`);
}

export function judgeLanding({ lastFailedAtMs, storingSinceMs }: LandingHealth, nowMs: number): void {
  if (storingSinceMs !== undefined && nowMs - storingSinceMs > MAX_STORING_MS)
    throw new Error(`an insert has been under way for ${Math.round((nowMs - storingSinceMs) / 1_000)} s`);
  if (lastFailedAtMs !== undefined && nowMs - lastFailedAtMs < FAILURE_COUNTS_MS) throw new Error('the last insert failed');
}
