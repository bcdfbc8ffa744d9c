/** What a load asks the warehouse. */
import * as z from 'zod';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { type Column, LOAD_COLUMNS, quoted } from './columns.ts';
import { countCopyRejectedSql, countRejectedSql, firstRejectedSql } from './compile-load.ts';
import type { Staged } from './stage.ts';

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

/** The file's columns of a raw table; none when there is no such table. */
export async function existingColumns({ owner, databases }: Owner, table: string): Promise<Column[]> {
  const columns = await owner.ask(columnsOf, { database: databases.raw, table });
  return columns.filter(({ name }) => !LOAD_COLUMNS.some((ours) => ours === name));
}

const tablesLike = defineQuery({
  name: 'loads.leftovers',
  sql: 'select name from system.tables where database = {database:String} and startsWith(name, {start:String})',
  params: z.object({ database: z.string(), start: z.string() }),
  row: z.object({ name: z.string() }),
});

/** Tables that a load of this table made for itself: its own, or those of one that died. */
export async function leftovers({ owner, databases }: Owner, target: string): Promise<string[]> {
  return (await owner.ask(tablesLike, { database: databases.raw, start: `${target}__load_` })).map(({ name }) => name);
}

export async function dropTable({ owner }: Owner, table: string): Promise<void> {
  await owner.run(
    defineStatement({ name: 'loads.drop', sql: `drop table if exists sluice_raw.${quoted(table)} sync`, params: z.object({}) }),
    {},
  );
}

/** That its rows are still in the table is looked up, not believed: somebody may have emptied it. */
const loadsInTable = (table: string) =>
  defineQuery({
    name: 'loads.finished',
    sql: `
    with

    of_table as (

        select *
        from sluice_audit.loads
        where source = {source:String} and table_name = {table:String}

    )

    select distinct content_hash
    from of_table
    where finished_at >= (select max(if(mode = 'replace', finished_at, toDateTime64(0, 3, 'UTC'))) from of_table)
      and (rows_loaded = 0 or load_id in (select _load_id from sluice_raw.${quoted(table)}))
  `,
    params: z.object({ source: z.string(), table: z.string() }),
    row: z.object({ content_hash: z.string() }),
  });

/** Contents that are in the table now: what was loaded since it was last replaced. */
export async function finishedLoads(warehouse: Owner, request: { source: string; table: string }, target: string): Promise<Set<string>> {
  if ((await existingColumns(warehouse, target)).length === 0) return new Set();
  const rows = await warehouse.owner.ask(loadsInTable(target), { source: request.source, table: request.table });
  return new Set(rows.map(({ content_hash }) => content_hash));
}

export interface Counts {
  readonly good: number;
  readonly rejected: number;
}

const counted = z.object({ good: z.coerce.number(), rejected: z.coerce.number() });

export async function countRejected({ owner }: Owner, { aside, columns, ownTypes }: Staged): Promise<Counts> {
  const sql = ownTypes ? countCopyRejectedSql({ aside, columns }, ownTypes) : countRejectedSql({ aside, columns });
  const [row] = await owner.ask(defineQuery({ name: 'loads.count_rejected', sql, params: z.object({}), row: counted }), {});
  return row ?? { good: 0, rejected: 0 };
}

const refused = z.object({ line: z.coerce.number(), why: z.string() });

/** For people: `line 3 has 2 fields where the first line names 3; line 7 …`. */
export async function firstReasons({ owner }: Owner, { aside, columns, ownTypes }: Staged): Promise<string> {
  const sql = firstRejectedSql({ aside, columns }, ownTypes);
  const rows = await owner.ask(defineQuery({ name: 'loads.first_reasons', sql, params: z.object({}), row: refused }), {});
  return rows.map(({ line, why }) => `${ownTypes ? 'row' : 'line'} ${line}: ${why}`).join('; ');
}
