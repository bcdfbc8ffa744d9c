/** The raw tables that loads have made: listing them, and dropping one. */

import * as z from 'zod';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import { rawTableOf } from './columns.ts';
import { errors } from './errors.ts';
import { whenFree } from './load-files.ts';
import type { LoadDeps } from './load-request.ts';
import { dropTable, existingColumns } from './queries.ts';

export interface RawTable {
  readonly source: string;
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  /** Columns that come from files; those that Sluice adds are not counted. */
  readonly columns: number;
  /** ISO 8601; null when no record of a load is left. */
  readonly last_loaded_at: string | null;
}

const tables = defineQuery({
  name: 'loads.tables',
  sql: `
    with

    loaded as (

        select
            table as name,
            countIf(system.columns.name not in ('_load_id', '_loaded_at')) as column_count
        from system.columns
        where database = {database:String}
        group by table
        having countIf(system.columns.name = '_load_id') > 0

    ),

    last_loads as (

        select
            concat(source, '__', table_name) as name,
            max(toNullable(finished_at)) as last_loaded_at
        from sluice_audit.loads
        group by name

    )

    select
        extract(raw.name, '^(.*?)__') as source,
        extract(raw.name, '__(.*)$') as table,
        ifNull(raw.total_rows, 0) as rows,
        ifNull(raw.total_bytes, 0) as bytes,
        loaded.column_count as columns,
        last_loads.last_loaded_at as last_loaded_at
    from system.tables as raw
    inner join loaded on loaded.name = raw.name
    left join last_loads on last_loads.name = raw.name
    where raw.database = {database:String}
      and not match(raw.name, '__load_')
    order by source, table
  `,
  params: z.object({ database: z.string() }),
  row: z.object({
    source: z.string(),
    table: z.string(),
    rows: z.coerce.number(),
    bytes: z.coerce.number(),
    columns: z.coerce.number(),
    last_loaded_at: z.string().nullable(),
  }),
});

export function rawTables({ warehouse: { owner, databases } }: Pick<LoadDeps, 'warehouse'>): Promise<RawTable[]> {
  return owner.ask(tables, { database: databases.raw });
}

/** @throws CdpError `loads.no_table`; `loads.not_a_load` for what `sluice load` has not made, such as the table of collected events. */
export async function rawTable(deps: Pick<LoadDeps, 'warehouse'>, source: string, table: string): Promise<RawTable> {
  const target = rawTableOf(source, table);
  const columns = await existingColumns(deps.warehouse, target);
  const found = (await rawTables(deps)).find((one) => one.source === source && one.table === table);
  if (columns.length > 0 && found) return found;
  const [gone] = await deps.warehouse.owner.ask(wasLoaded, { source, table_name: table });
  if (gone?.was_loaded) return { source, table, rows: 0, bytes: 0, columns: 0, last_loaded_at: null };
  throw errors.no_table(`There is no table ${deps.warehouse.databases.raw}.${target}`);
}

const record = defineStatement({
  name: 'loads.record_drop',
  sql: `
    insert into sluice_audit.table_drops (source, table_name, rows_dropped, dropped_at)
    values ({source:String}, {table_name:String}, {rows:UInt64}, now64(3, 'UTC'))
  `,
  params: z.object({ source: z.string(), table_name: z.string(), rows: z.number() }),
});

const forgetRejected = defineStatement({
  name: 'loads.forget_rejected_rows',
  sql: 'delete from sluice_raw.rejected_rows where source = {source:String} and table_name = {table_name:String}',
  params: z.object({ source: z.string(), table_name: z.string() }),
});

const wasLoaded = defineQuery({
  name: 'loads.was_loaded',
  sql: `
    select count() > 0 as was_loaded
    from sluice_audit.loads
    where source = {source:String}
      and table_name = {table_name:String}
      and rows_loaded > 0
      and finished_at > (
          select max(dropped_at)
          from sluice_audit.table_drops
          where source = {source:String}
            and table_name = {table_name:String}
      )
  `,
  params: z.object({ source: z.string(), table_name: z.string() }),
  row: z.object({ was_loaded: z.coerce.boolean() }),
});

/**
 * Drops the table with its rows and its refused rows. Its files can then be loaded again; the record of loads stays. When a person has
 * already dropped the table by hand, this is recorded.
 * @throws CdpError as `rawTable`; `store.lease_held` when the table is being loaded.
 */
export function dropRawTable(
  deps: LoadDeps,
  source: string,
  table: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RawTable> {
  const target = rawTableOf(source, table);
  return whenFree(deps.leases, `load:${target}`, options.signal, async () => {
    const found = await rawTable(deps, source, table);
    const { owner } = deps.warehouse;
    // The record is written first: a table that still exists counts as existing, whatever is recorded.
    await owner.run(record, { source, table_name: table, rows: found.rows });
    await dropTable(deps.warehouse, target);
    await owner.run(forgetRejected, { source, table_name: table });
    return found;
  });
}
