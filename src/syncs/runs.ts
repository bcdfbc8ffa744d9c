/** Runs of all syncs, and what became of the rows of one that were not taken. */
import * as z from 'zod';
import { masked } from '../documents/mask.ts';
import { type Page, type PageRequest, pageParams, readPage } from '../warehouse/page.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { SyncDeps } from './deps.ts';
import { errors } from './errors.ts';
import { plannedOf, RunRow } from './run-record.ts';
import type { RowException, SyncRun } from './schema.ts';

type Deps = Pick<SyncDeps, 'warehouse'>;

/** A run as it is shown. */
export const presentRun = (run: RunRow): SyncRun => ({
  ...run,
  planned: plannedOf(run),
  started_at: run.started_at.toISOString(),
  finished_at: run.finished_at?.toISOString() ?? null,
});

/** Empty: whatever it is. */
export interface RunFilter {
  readonly syncId?: string | undefined;
  readonly status?: SyncRun['status'] | undefined;
}

const runsQuery = defineQuery({
  name: 'syncs.runs',
  sql: `
    select *
    from
    (
        select *
        from sluice_state.sync_runs
        where ({sync_id:String} = '' or sync_id = {sync_id:String})
          and started_at <= {page_at:DateTime64(3, 'UTC')}
        order by step desc
        limit 1 by
            sync_id,
            run_number
    )
    where ({status:String} = '' or status = {status:String})
    order by
        started_at desc,
        sync_id,
        run_number desc
    limit {page_skip:UInt64}, {page_take:UInt64}
  `,
  params: z.object({ ...pageParams, sync_id: z.string(), status: z.string() }),
  row: RunRow,
});

/** Newest first, each as its last step says; requests for a resync and resets among them. */
export async function listRuns(deps: Deps, { syncId = '', status }: RunFilter, page: PageRequest): Promise<Page<SyncRun>> {
  const params = { sync_id: syncId, status: status ?? '' };
  const { items, next } = await readPage(deps.warehouse.owner, runsQuery, params, page, ({ started_at }) => started_at.toISOString());
  return { items: items.map(presentRun), next };
}

const runQuery = defineQuery({
  name: 'syncs.run',
  sql: `
    select *
    from sluice_state.sync_runs
    where run_id = {run_id:UUID}
    order by step desc
    limit 1
  `,
  params: z.object({ run_id: z.uuid() }),
  row: RunRow,
});

/** @throws CdpError `syncs.no_run`. */
export async function readRun(deps: Deps, runId: string): Promise<SyncRun> {
  const [run] = await deps.warehouse.owner.ask(runQuery, { run_id: runId });
  if (!run) throw errors.no_run(`There is no run ${runId}`, { context: { run: runId } });
  return presentRun(run);
}

const exceptionsQuery = defineQuery({
  name: 'syncs.exceptions',
  sql: `
    select
        key,
        change,
        operation,
        outcome,
        fault,
        message,
        field,
        recorded_at
    from sluice_audit.sync_rows
    where sync_id = {sync_id:String}
      and run_id = {run_id:UUID}
      and outcome != 'accepted'
      and recorded_at <= {page_at:DateTime64(3, 'UTC')}
    order by
        recorded_at desc,
        key
    limit {page_skip:UInt64}, {page_take:UInt64}
  `,
  params: z.object({ ...pageParams, sync_id: z.string(), run_id: z.uuid() }),
  row: z.object({
    key: z.string(),
    change: z.string(),
    operation: z.string(),
    outcome: z.string(),
    fault: z.string(),
    message: z.string(),
    field: z.string(),
    recorded_at: z.string(),
  }),
});

/**
 * Rows of a run that the destination did not take, or that were not sent, the newest first. Values of their keys are masked unless asked for.
 * @throws CdpError `syncs.no_run`.
 */
export async function listExceptions(
  deps: Deps,
  runId: string,
  page: PageRequest,
  { isUnmasked = false }: { readonly isUnmasked?: boolean } = {},
): Promise<Page<RowException>> {
  const { sync_id } = await readRun(deps, runId);
  const found = await readPage(deps.warehouse.owner, exceptionsQuery, { sync_id, run_id: runId }, page, (row) => row.recorded_at);
  return isUnmasked ? found : { ...found, items: found.items.map((row) => ({ ...row, key: maskedKey(row.key) })) };
}

/** `{"email":"jane@example.com"}` → `{"email":"j•••@e•••"}`. */
export function maskedKey(key: string): string {
  const fields = z.record(z.string(), z.unknown()).safeParse(parsed(key)).data ?? {};
  return JSON.stringify(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, masked(value)])));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
