/** One sync with a destination in this process, for tests that run it again and again. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import * as z from 'zod';
import type { SyncDeps } from '../src/syncs/deps.ts';
import { runSync, type SyncRunResult } from '../src/syncs/run-sync.ts';
import { defineQuery } from '../src/warehouse/query.ts';
import { type MemoryDestination, type MemoryOptions, memoryDestination } from './memory-destination.ts';
import { type Person, putMemorySync, type SyncWorld } from './sync-world.ts';

export const person = (name: string, first = name.toUpperCase(), score: number | null = null): Person => ({
  email: `${name}@example.com`,
  first_name: first,
  score,
});

export const emails = ({ held }: MemoryDestination) => [...held.keys()].sort();
const sum = (run: SyncRunResult) => run.accepted + run.rejected + run.unknown + run.skipped;

/** Each test has a sync of its own, so that none inherits another's ledger. */
export function setUp(world: SyncWorld, sync: Readonly<Record<string, unknown>> = {}, options: MemoryOptions = {}) {
  const destination = memoryDestination(options);
  const id = `s-${randomUUID().slice(0, 8)}`;
  const deps = putMemorySync(world, destination, { id, ...sync });
  const run = async (over: Partial<SyncDeps> = {}) => {
    const result = await runSync({ ...deps, ...over }, id);
    expect(sum(result), 'planned = accepted + rejected + unknown + skipped').toBe(result.planned);
    return result;
  };
  return { destination, deps, id, run };
}

export async function ledgerOf(world: SyncWorld, syncId: string) {
  const query = defineQuery({
    name: 'test.rows',
    sql: `select key, change, operation, outcome, fault, message, payload from sluice_audit.sync_rows where sync_id = {id:String} order by recorded_at, key`,
    params: z.object({ id: z.string() }),
    row: z.object({
      key: z.string(),
      change: z.string(),
      operation: z.string(),
      outcome: z.string(),
      fault: z.string(),
      message: z.string(),
      payload: z.string(),
    }),
  });
  return world.warehouse.owner.ask(query, { id: syncId });
}
