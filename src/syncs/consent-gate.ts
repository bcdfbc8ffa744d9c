/**
 * Keeps back rows that lost the right to be sent after the plan was made: their consent was withdrawn, or they are members by now of a segment
 * that is excluded everywhere. Asked as each batch leaves.
 */
import * as z from 'zod';
import type { OutgoingRow, Rows } from '../connector-kit/row.ts';
import { defineQuery } from '../warehouse/query.ts';
import { compileWithdrawn, jsonSettings } from './compile-diff.ts';
import type { SyncDeps } from './deps.ts';
import type { PlanWindow } from './ledger.ts';
import type { PreparedSync } from './prepare.ts';
import type { RunRow } from './run-record.ts';

/**
 * How old an answer may be when a batch leaves. Each answer reads the keys of the whole source, which takes a second for a few million; asked
 * for every batch it would cost more than the sending.
 */
const MAX_AGE_MS = 10_000;

export interface ConsentGate {
  /** Splits a batch into what may be sent, undefined when that is nothing, and what may not. */
  pass(batch: Rows, window: PlanWindow): Promise<{ readonly kept: Rows | undefined; readonly withdrawn: readonly OutgoingRow[] }>;
  /** Rows that were kept back so far. */
  withdrawn(): number;
}

interface Gated {
  readonly deps: Pick<SyncDeps, 'warehouse' | 'delivery'>;
  readonly prepared: Pick<PreparedSync, 'sourceNow' | 'diff'>;
  readonly run: Pick<RunRow, 'sync_id' | 'run_id'>;
  /** Places up to this one are removals, which are always sent. */
  readonly lastRemoval: number;
}

export function createConsentGate(gated: Gated): ConsentGate {
  let count = 0;
  let last: { readonly first: number; readonly askedMs: number; readonly places: Promise<ReadonlySet<number>> } | undefined;
  const withdrawnIn = (window: PlanWindow) => {
    const nowMs = gated.deps.delivery.clock.now().getTime();
    if (last?.first !== window.first || nowMs - last.askedMs > MAX_AGE_MS)
      last = { first: window.first, askedMs: nowMs, places: askWithdrawn(gated, window) };
    return last.places;
  };
  return {
    withdrawn: () => count,
    async pass(batch, window) {
      if (gated.prepared.sourceNow === undefined || window.last <= gated.lastRemoval) return { kept: batch, withdrawn: [] };
      const places = await withdrawnIn(window);
      const withdrawn = batch.filter(({ seq }) => places.has(seq));
      if (withdrawn.length === 0) return { kept: batch, withdrawn };
      count += withdrawn.length;
      const [first, ...others] = batch.filter(({ seq }) => !places.has(seq));
      return { kept: first === undefined ? undefined : [first, ...others], withdrawn };
    },
  };
}

async function askWithdrawn({ deps, prepared, run }: Gated, { first, last }: PlanWindow): Promise<ReadonlySet<number>> {
  const source = await prepared.sourceNow?.();
  if (source === undefined) return new Set();
  const query = defineQuery({
    name: 'syncs.withdrawn',
    sql: compileWithdrawn({ source, mapping: prepared.diff.mapping }),
    params: z.object({ sync_id: z.string(), run_id: z.string(), first: z.int(), last: z.int() }).catchall(z.union([z.string(), z.int()])),
    row: z.object({ seq: z.coerce.number() }),
  });
  const params = { ...source.params, sync_id: run.sync_id, run_id: run.run_id, first, last };
  const rows = await deps.warehouse.owner.ask(query, params, { settings: jsonSettings });
  return new Set(rows.map(({ seq }) => seq));
}
