/** The rights of our user on the raw data of another installation (SLUICE_RAW_DATABASE). */
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import type { WarehouseClient } from './client.ts';
import { defineQuery } from './query.ts';

export interface RawSource {
  /** Number of tables that the user sees: those that it may read. */
  readonly tables: number;
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
}

const visibleTables = defineQuery({
  name: 'warehouse.raw_tables',
  sql: 'select count() as tables from system.tables where database = {database:String}',
  params: z.object({ database: z.string() }),
  row: z.object({ tables: z.coerce.number() }),
});

/** @param database as SLUICE_RAW_DATABASE allows it: letters, digits and _. */
export async function readRawSource(owner: Pick<WarehouseClient, 'ask' | 'raw'>, database: string): Promise<RawSource> {
  // `check grant` allows no `format` behind it, which the other query methods add.
  const may = async (right: 'select' | 'insert') =>
    (await text(await owner.raw(`check grant ${right} on \`${database}\`.*`, 'TabSeparated'))).trim() === '1';
  const [counted, mayRead, mayWrite] = await Promise.all([owner.ask(visibleTables, { database }), may('select'), may('insert')]);
  return { tables: counted[0]?.tables ?? 0, mayRead, mayWrite };
}
