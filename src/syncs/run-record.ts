/** The record of runs: opened before anything is done, closed with the result. A run that was never closed has crashed. */
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
  /** resync: a request to send everything again; reset: what was sent has been forgotten. Neither sends anything itself. */
  kind: z.enum(['run', 'resync', 'reset']),
  status: z.enum(['running', 'succeeded', 'with_errors', 'failed', 'cancelled']),
  target: z.string(),
  /** Where rows go, for people, without secrets. Empty when the run could not start. */
  address: z.string(),
  /** Removals that a person allowed this run, in place of the guard. */
  allowed_removals: count.nullable(),
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
  held_by_consent: count,
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

/** The number of rows that a run plans to send, and of those that it does not. */
export type RunPlan = Pick<
  RunRow,
  'adds' | 'changes' | 'removes' | 'withheld' | 'invalid' | 'held' | 'held_by_consent' | 'fields_withheld'
>;
/** accepted + rejected + unknown + skipped = what was planned. */
export type RunOutcome = Pick<RunRow, 'accepted' | 'rejected' | 'unknown' | 'skipped' | 'removed'>;
export type RunIdentity = Pick<RunRow, 'sync_id' | 'kind' | 'target' | 'address' | 'allowed_removals' | 'definition_hash' | 'source'>;

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

/** Newest first, each in its last recorded state. */
export function lastRuns(deps: Pick<SyncDeps, 'warehouse'>, syncId: string, limit: number): Promise<RunRow[]> {
  return deps.warehouse.owner.ask(lastRunsQuery, { sync_id: syncId, limit });
}

const lastRunQuery = defineQuery({
  name: 'syncs.last_run',
  sql: `
    select *
    from sluice_state.sync_runs
    where sync_id = {sync_id:String}
      and kind = 'run'
    order by
        run_number desc,
        step desc
    limit 1
  `,
  params: z.object({ sync_id: z.string() }),
  row: RunRow,
});

/** The last run that says whether the sync is healthy; requests for a resync and resets do not count. */
export async function lastRun(deps: Pick<SyncDeps, 'warehouse'>, syncId: string): Promise<RunRow | undefined> {
  const [run] = await deps.warehouse.owner.ask(lastRunQuery, { sync_id: syncId });
  return run;
}

const lastSuccessQuery = defineQuery({
  name: 'syncs.last_success',
  sql: `
    select max(finished_at) as finished_at
    from sluice_state.sync_runs
    where sync_id = {sync_id:String}
      and kind = 'run'
      and status = 'succeeded'
  `,
  params: z.object({ sync_id: z.string() }),
  row: z.object({ finished_at: z.coerce.date().nullable() }),
});

/** End of the last run that delivered everything it planned, however long ago. */
export async function lastSuccess(deps: Pick<SyncDeps, 'warehouse'>, syncId: string): Promise<Date | null> {
  const [last] = await deps.warehouse.owner.ask(lastSuccessQuery, { sync_id: syncId });
  return last?.finished_at ?? null;
}

const lastStartedQuery = defineQuery({
  name: 'syncs.last_started',
  sql: `
    select *
    from sluice_state.sync_runs
    where sync_id = {sync_id:String}
      and run_number =
      (
          select max(run_number)
          from sluice_state.sync_runs
          where sync_id = {sync_id:String}
            and step = 0
      )
    order by step desc
    limit 1
  `,
  params: z.object({ sync_id: z.string() }),
  row: RunRow,
});

/** A run whose process died, to be finished first. Later runs that could not even start do not hide it. */
export async function crashedRun(deps: Pick<SyncDeps, 'warehouse'>, syncId: string): Promise<RunRow | undefined> {
  const [started] = await deps.warehouse.owner.ask(lastStartedQuery, { sync_id: syncId });
  return started?.status === 'running' ? started : undefined;
}

const lastNumberQuery = defineQuery({
  name: 'syncs.last_run_number',
  sql: 'select max(run_number) as run_number from sluice_state.sync_runs where sync_id = {sync_id:String}',
  params: z.object({ sync_id: z.string() }),
  row: z.object({ run_number: count }),
});

async function nextNumber(deps: Pick<SyncDeps, 'warehouse'>, syncId: string): Promise<number> {
  const [last] = await deps.warehouse.owner.ask(lastNumberQuery, { sync_id: syncId });
  return (last?.run_number ?? 0) + 1;
}

/** The caller holds the sync's lease, because the holder gives out the run numbers. */
export async function openRun(deps: Pick<SyncDeps, 'warehouse'>, identity: RunIdentity, now: Date): Promise<RunRow> {
  const run = newRun(identity, await nextNumber(deps, identity.sync_id), now);
  await writeRun(deps, run);
  return run;
}

/** An event of the sync that is not a run: recorded in one step, under a number of its own. */
export async function recordClosed(
  deps: Pick<SyncDeps, 'warehouse'>,
  identity: RunIdentity,
  verdict: Pick<RunRow, 'status' | 'error_code' | 'message'>,
  now: Date,
): Promise<RunRow> {
  const run: RunRow = { ...newRun(identity, await nextNumber(deps, identity.sync_id), now), ...verdict, step: 2, finished_at: now };
  await writeRun(deps, run);
  return run;
}

function newRun(identity: RunIdentity, runNumber: number, now: Date): RunRow {
  return {
    ...identity,
    ...nothingDone,
    run_number: runNumber,
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
    held_by_consent: 0,
    fields_withheld: 0,
    diff_ms: 0,
    delivery_ms: 0,
    error_code: '',
    message: '',
  };
}

/** Each step is a row of its own; writing the same step twice (a retry after a lost answer) changes nothing that readers see. */
export async function writeRun(deps: Pick<SyncDeps, 'warehouse'>, run: RunRow): Promise<void> {
  const row = { ...run, started_at: run.started_at.toISOString(), finished_at: run.finished_at?.toISOString() ?? null };
  await deps.warehouse.owner.insert('sluice_state.sync_runs', [row]);
}
