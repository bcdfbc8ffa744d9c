/** The queries of a load. */

import * as z from 'zod';
import { quoteIdentifier } from '../sql/sql-text.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type Column, LOAD_COLUMNS } from './columns.ts';
import { countCopyRejectedSql, firstCopyRejectedSql } from './compile-copy.ts';
import { countRejectedSql, firstRejectedSql } from './compile-load.ts';
import { errors } from './errors.ts';
import type { Staged } from './staged.ts';

type Owner = Pick<Warehouse, 'owner' | 'databases'>;

const columnsOf = defineQuery({
  name: 'loads.columns',
  sql: `
    select name, type
    from system.columns
    where database = {database:String} and table = {table:String}
    order by position
  `,
  params: z.object({ database: z.string(), table: z.string() }),
  row: z.object({ name: z.string(), type: z.string() }),
});

const engineOf = defineQuery({
  name: 'loads.engine',
  sql: 'select engine from system.tables where database = {database:String} and name = {table:String}',
  params: z.object({ database: z.string(), table: z.string() }),
  row: z.object({ engine: z.string() }),
});

/**
 * The columns of a raw table that come from files; empty when there is no such table.
 * @throws CdpError `loads.not_a_load` for a view, or a table that was not made by a load.
 */
export async function existingColumns({ owner, databases }: Owner, table: string): Promise<Column[]> {
  const columns = await owner.ask(columnsOf, { database: databases.raw, table });
  if (columns.length === 0) return [];
  const [found] = await owner.ask(engineOf, { database: databases.raw, table });
  if (!/MergeTree$/.test(found?.engine ?? '')) throw errors.not_a_load(`${databases.raw}.${table} is no table but a ${found?.engine}`);
  const missing = LOAD_COLUMNS.find((ours) => !columns.some(({ name }) => name === ours));
  if (missing) throw errors.not_a_load(`${databases.raw}.${table} was not made by \`sluice load\`: it has no column ${missing}`);
  return columns.filter(({ name }) => !LOAD_COLUMNS.some((ours) => ours === name));
}

const tablesLike = defineQuery({
  name: 'loads.leftovers',
  sql: 'select name from system.tables where database = {database:String} and startsWith(name, {start:String})',
  params: z.object({ database: z.string(), start: z.string() }),
  row: z.object({ name: z.string() }),
});

/** Working tables of this load, and leftovers of dead loads of the same table. */
export async function leftovers({ owner, databases }: Owner, target: string): Promise<string[]> {
  return (await owner.ask(tablesLike, { database: databases.raw, start: `${target}__load_` })).map(({ name }) => name);
}

export async function dropTable({ owner }: Owner, table: string): Promise<void> {
  await owner.run(
    defineStatement({ name: 'loads.drop', sql: `drop table if exists sluice_raw.${quoteIdentifier(table)} sync`, params: z.object({}) }),
    {},
  );
}

export type QueryClient = Pick<WarehouseClient, 'ask'>;

/** Asks about staged rows: stops with the load, and allows the long SQL of many columns. */
export function askerOf(client: WarehouseClient, signal: AbortSignal): QueryClient {
  return { ask: (query, params, options) => client.ask(query, params, { signal, settings: LONG_SQL, ...options }) };
}

/** SQL over 1,000 columns has about a megabyte; the default limit of ClickHouse is a quarter of that. */
export const LONG_SQL = {
  max_query_size: String(16 * 1024 * 1024),
  max_ast_elements: '5000000',
  max_expanded_ast_elements: '5000000',
};

export interface RowCounts {
  readonly good: number;
  readonly rejected: number;
}

const counted = z.object({ good: z.coerce.number(), rejected: z.coerce.number() });

export async function countRejected(owner: QueryClient, staged: Staged): Promise<RowCounts> {
  const sql = staged.kind === 'parquet' ? countCopyRejectedSql(staged) : countRejectedSql(staged);
  const [row] = await owner.ask(defineQuery({ name: 'loads.count_rejected', sql, params: z.object({}), row: counted }), {});
  return row ?? { good: 0, rejected: 0 };
}

const refused = z.object({ line: z.coerce.number(), why: z.string() });

/** For people: `line 3: has 2 fields where the first line names 3; line 7: …`. */
export async function firstReasons(owner: QueryClient, staged: Staged): Promise<string> {
  const sql = staged.kind === 'parquet' ? firstCopyRejectedSql(staged) : firstRejectedSql(staged);
  const rows = await owner.ask(defineQuery({ name: 'loads.first_reasons', sql, params: z.object({}), row: refused }), {});
  return rows.map(({ line, why }) => `${staged.kind === 'parquet' ? 'row' : 'line'} ${line}: ${why}`).join('; ');
}
