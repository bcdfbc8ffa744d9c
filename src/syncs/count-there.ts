/** The ledger's count of rows at a place. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';
import type { DiffInput } from './compile-diff.ts';
import { compileKeysThere } from './compile-ledger.ts';
import type { SyncDeps } from './deps.ts';
import type { RunRow } from './run-record.ts';

const count = z.coerce.number();

export interface KeyCounts {
  /** Keys that the destination certainly or perhaps holds because of us. */
  readonly there: number;
  /** Keys that were removed, and that a resync removes once more in case they came back. */
  readonly doubted: number;
}

export async function countThere(
  deps: Pick<SyncDeps, 'warehouse'>,
  { diff }: { readonly diff: DiffInput },
  { sync_id, target }: Pick<RunRow, 'sync_id' | 'target'>,
): Promise<KeyCounts> {
  const query = defineQuery({
    name: 'syncs.keys_there',
    sql: compileKeysThere(diff),
    params: z.object({ sync_id: z.string(), target: z.string() }),
    row: z.object({ there: count, doubted: count }),
  });
  const [counted] = await deps.warehouse.owner.ask(query, { sync_id, target });
  return counted ?? { there: 0, doubted: 0 };
}
