/** Which tables outside our own databases a user of the warehouse may not read, and the statement that grants it. */
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { CdpError } from '../errors.ts';
import { quoteDatabase } from '../sql/databases.ts';
import { quoteIfNeeded } from '../sql/sql-text.ts';
import type { WarehouseClient } from './client.ts';
import { defineQuery, defineStatement } from './query.ts';
import type { Warehouse } from './warehouse.ts';

export interface ReadTable {
  readonly database: string;
  readonly table: string;
}

export interface RefusedTable extends ReadTable {
  /** The user that may not read it: `sluice_reader`. */
  readonly users: readonly string[];
  /** The statement that an administrator runs; undefined when no statement helps. */
  readonly sql: string | undefined;
  /** The whole finding in one sentence. */
  readonly sentence: string;
}

type Clients = Pick<Warehouse, 'reader' | 'publisher' | 'databases' | 'isEmbedded'>;

const NO_PARAMS = z.object({});
const currentUser = defineQuery({
  name: 'warehouse.current_user',
  sql: 'select currentUser() as name',
  params: NO_PARAMS,
  row: z.object({ name: z.string() }),
});

/**
 * The tables that the reader (previews) or the publisher (publications) may not select from. For a table that is not built yet the grants
 * decide.
 */
export async function refusedTables(warehouse: Clients, tables: readonly ReadTable[]): Promise<RefusedTable[]> {
  const distinct = [...new Map(tables.map((table) => [shown(table), table])).values()];
  const refused = await Promise.all(
    distinct.map(async (table) => {
      const refusals = await Promise.all([warehouse.reader, warehouse.publisher].map((client) => refusalOf(client, table)));
      return found(
        warehouse,
        table,
        refusals.filter((refusal) => refusal !== undefined),
      );
    }),
  );
  return refused.filter((table) => table !== undefined);
}

/**
 * Runs the statements of `refused` as the owner.
 * @throws CdpError of the first statement that the owner may not run.
 */
export async function grantReads(owner: WarehouseClient, refused: readonly RefusedTable[]): Promise<void> {
  for (const sql of statementsOf(refused)) {
    await owner.run(defineStatement({ name: 'warehouse.grant', sql, params: NO_PARAMS }), {});
  }
}

/** The statements without repetitions. */
export const statementsOf = (refused: readonly RefusedTable[]): string[] => [...new Set(refused.flatMap(({ sql }) => sql ?? []))];

interface Refusal {
  readonly user: string;
  /** Database of the table that may not be read: a view may read tables of another database than its own. */
  readonly database: string;
}

/**
 * `explain` plans the query without reading a row. It also plans a view down to the tables that its reader needs rights on, which `check
 * grant` does not do.
 */
async function refusalOf(client: WarehouseClient, table: ReadTable): Promise<Refusal | undefined> {
  const { database } = table;
  const plan = defineStatement({ name: 'warehouse.explain', sql: `explain select * from ${shown(table)}`, params: NO_PARAMS });
  try {
    await client.lines(plan, {});
    return undefined;
  } catch (error) {
    if (!(error instanceof CdpError) || error.context.clickhouse_code === undefined) throw error;
    if (error.code === 'warehouse.denied') return { user: await nameOf(client), database: deniedDatabase(error.message) ?? database };
  }
  // `raw`, because no format may follow this statement.
  const isGranted = (await text(await client.raw(`check grant select on ${shown(table)}`, 'TabSeparated'))).trim() === '1';
  return isGranted ? undefined : { user: await nameOf(client), database };
}

async function nameOf(client: WarehouseClient): Promise<string> {
  const [user] = await client.ask(currentUser, {});
  return user?.name ?? '';
}

/** From `… it's necessary to have the grant SELECT(id) ON analytics.customers`. */
function deniedDatabase(message: string): string | undefined {
  const match = /\bgrant select\b.*? on (?:`((?:[^`\\]|\\.)+)`|(\w+))\./i.exec(message);
  return match?.[1]?.replaceAll('\\`', '`') ?? match?.[2];
}

function found(warehouse: Clients, table: ReadTable, refusals: readonly Refusal[]): RefusedTable | undefined {
  const [first] = refusals;
  if (!first) return undefined;
  const users = refusals.map(({ user }) => user);
  const what = `${users.join(' and ')} may not read ${shown(table)}`;
  if (Object.values(warehouse.databases).includes(first.database)) {
    const sentence = `${what}: ${first.database} is not for publishing. Give the model a schema of its own, or publish a model over it.`;
    return { ...table, users, sql: undefined, sentence };
  }
  if (warehouse.isEmbedded) {
    const sentence = `${what}: the users of the embedded server are made when it starts. Run \`sluice stop\`, then try again.`;
    return { ...table, users, sql: undefined, sentence };
  }
  const sql = `grant select on ${quoteDatabase(first.database)}.* to ${users.map(quoteIfNeeded).join(', ')}`;
  return { ...table, users, sql, sentence: `${what}: run \`${sql}\` on the server; \`sluice doctor --grant\` does it when the owner may.` };
}

const shown = ({ database, table }: ReadTable) => `${quoteDatabase(database)}.${quoteIfNeeded(table)}`;
