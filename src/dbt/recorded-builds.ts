/** Builds as they are on record, the latest first, and one with its models. */
import * as z from 'zod';
import { type Page, type PageRequest, pageParams, readPage } from '../warehouse/page.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { errors } from './errors.ts';
import type { BuildListing, BuiltModel } from './schema.ts';

type Deps = Pick<Warehouse, 'reader'>;

const count = z.coerce.number();

const COLUMNS = `
        toString(run_id) as run_id,
        invocation_id,
        recorded_by,
        status,
        started_at,
        finished_at,
        selected,
        excluded,
        is_full_refresh,
        models_built,
        models_failed,
        models_skipped,
        tests_passed,
        tests_warned,
        tests_failed,
        failed_tests,
        error`;

const row = z.object({
  run_id: z.string(),
  invocation_id: z.string(),
  recorded_by: z.string(),
  status: z.string(),
  started_at: z.string(),
  finished_at: z.string(),
  selected: z.array(z.string()),
  excluded: z.array(z.string()),
  is_full_refresh: z.boolean(),
  models_built: count,
  models_failed: count,
  models_skipped: count,
  tests_passed: count,
  tests_warned: count,
  tests_failed: count,
  failed_tests: z.array(z.string()),
  error: z.string(),
});

const buildsQuery = defineQuery({
  name: 'builds.list',
  sql: `
    select ${COLUMNS}
    from sluice_audit.dbt_runs
    where ({status:String} = '' or status = {status:String})
      and started_at <= {page_at:DateTime64(3, 'UTC')}
    order by
        started_at desc,
        run_id
    limit {page_skip:UInt64}, {page_take:UInt64}
  `,
  params: z.object({ ...pageParams, status: z.string() }),
  row,
});

export function listBuilds({ reader }: Deps, status: string | undefined, page: PageRequest): Promise<Page<BuildListing>> {
  return readPage(reader, buildsQuery, { status: status ?? '' }, page, ({ started_at }) => started_at);
}

const buildQuery = defineQuery({
  name: 'builds.one',
  sql: `
    select ${COLUMNS}
    from sluice_audit.dbt_runs
    where dbt_runs.run_id = {run_id:UUID}
    limit 1
  `,
  params: z.object({ run_id: z.uuid() }),
  row,
});

const modelsQuery = defineQuery({
  name: 'builds.models',
  sql: `
    select
        unique_id,
        database_name as database,
        table_name as table,
        materialized,
        status,
        row_count as rows,
        seconds,
        query_id,
        error,
        compiled_path,
        compiled_line
    from sluice_audit.dbt_run_models
    where run_id = {run_id:UUID}
    order by
        unique_id,
        started_at
  `,
  params: z.object({ run_id: z.uuid() }),
  row: z.object({
    unique_id: z.string(),
    database: z.string(),
    table: z.string(),
    materialized: z.string(),
    status: z.string(),
    rows: count.nullable(),
    seconds: z.number(),
    query_id: z.string(),
    error: z.string(),
    compiled_path: z.string(),
    compiled_line: count.nullable(),
  }),
});

/** @throws CdpError `dbt.no_build`. */
export async function readBuild({ reader }: Deps, runId: string): Promise<BuildListing & { models: BuiltModel[] }> {
  const [[build], models] = await Promise.all([reader.ask(buildQuery, { run_id: runId }), reader.ask(modelsQuery, { run_id: runId })]);
  if (!build) throw errors.no_build(`There is no build ${runId}`);
  return { ...build, models };
}
