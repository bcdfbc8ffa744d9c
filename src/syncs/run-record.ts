/** The record of runs: opened before anything is done, closed with what came of it. A run that was never closed has crashed. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';
import type { SyncDeps } from './deps.ts';

const count = z.coerce.number();

/** A row of sluice_state.sync_runs, and what `--json` prints of a run. */
export const RunRow = z.object({
  sync_id: z.string(),
  run_number: count,
  run_id: z.string(),
  step: count,
  status: z.enum(['running', 'succeeded', 'with_errors', 'failed', 'cancelled']),
  target: z.string(),
  definition_hash: z.string(),
  source: z.string(),
  started_at: z.coerce.date(),
  finished_at: z.coerce.date().nullable(),
  adds: count,
  changes: count,
  removes: count,
  withheld: count,
  invalid: count,
  held: count,
  fields_withheld: count,
  accepted: count,
  rejected: count,
  unknown: count,
  skipped: count,
  removed: count,
  diff_ms: count,
  delivery_ms: count,
  error_code: z.string(),
  message: z.string(),
});
export type RunRow = z.output<typeof RunRow>;

/** What a run means to send, and what it does not. */
export type RunPlan = Pick<RunRow, 'adds' | 'changes' | 'removes' | 'withheld' | 'invalid' | 'held' | 'fields_withheld'>;
/** accepted + rejected + unknown + skipped = what was planned. */
export type RunOutcome = Pick<RunRow, 'accepted' | 'rejected' | 'unknown' | 'skipped' | 'removed'>;
export type RunIdentity = Pick<RunRow, 'sync_id' | 'target' | 'definition_hash' | 'source'>;

export const plannedOf = (plan: RunPlan): number => plan.adds + plan.changes + plan.removes;
export const nothingDone: RunOutcome = { accepted: 0, rejected: 0, unknown: 0, skipped: 0, removed: 0 };

const lastRunsQuery = defineQuery({
  name: 'syncs.last_runs',
  sql: `
    select *
    from
    (
        select *
        from sluice_state.sync_runs
        where sync_id = {sync_id:String}
        order by step desc
        limit 1 by run_number
    )
    order by run_number desc
    limit {limit:UInt32}
  `,
  params: z.object({ sync_id: z.string(), limit: z.int() }),
  row: RunRow,
});

/** Newest first, each as its last step says. */
export function lastRuns(deps: Pick<SyncDeps, 'warehouse'>, syncId: string, limit: number): Promise<RunRow[]> {
  return deps.warehouse.owner.ask(lastRunsQuery, { sync_id: syncId, limit });
}

/** The caller holds the sync's lease: run numbers are given out by whoever has it. */
export async function openRun(
  deps: Pick<SyncDeps, 'warehouse'>,
  identity: RunIdentity,
  previous: RunRow | undefined,
  now: Date,
): Promise<RunRow> {
  const run: RunRow = {
    ...identity,
    ...nothingDone,
    run_number: (previous?.run_number ?? 0) + 1,
    run_id: crypto.randomUUID(),
    step: 0,
    status: 'running',
    started_at: now,
    finished_at: null,
    adds: 0,
    changes: 0,
    removes: 0,
    withheld: 0,
    invalid: 0,
    held: 0,
    fields_withheld: 0,
    diff_ms: 0,
    delivery_ms: 0,
    error_code: '',
    message: '',
  };
  await writeRun(deps, run);
  return run;
}

/** Each step is a row of its own; writing the same step twice (a retry after a lost answer) changes nothing that readers see. */
export async function writeRun(deps: Pick<SyncDeps, 'warehouse'>, run: RunRow): Promise<void> {
  const row = { ...run, started_at: run.started_at.toISOString(), finished_at: run.finished_at?.toISOString() ?? null };
  await deps.warehouse.owner.insert('sluice_state.sync_runs', [row]);
}
