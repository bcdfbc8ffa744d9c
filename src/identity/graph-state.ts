/** Copies the state of the identity graph into trial databases, so that a trial build continues from the last build. */

import * as z from 'zod';
import type { Databases } from '../sql/databases.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';

type Owner = Pick<WarehouseClient, 'ask' | 'run'>;
type Place = Pick<Databases, 'identity' | 'raw'>;

/** The only view that is state: replacing it commits a solve. Each build makes the other views again. */
const COMMITTED = 'identity_graph';

/** `resolved_…` is left out: it is large, and the identity solve does not read it. */
const kept = defineQuery({
  name: 'identity.graph_state',
  sql: `
    select
        name,
        engine like '%MergeTree' as is_table,
        create_table_query as definition
    from system.tables
    where database = {database:String}
      and (engine like '%MergeTree' or name = {committed:String})
      and not startsWith(name, 'resolved_')
      and not match(name, '__dbt_(tmp|backup|new_data)')
    order by is_table desc, name
  `,
  params: z.object({ database: z.string(), committed: z.string() }),
  row: z.object({ name: z.string(), is_table: z.coerce.boolean(), definition: z.string() }),
});

/** Copies tables as clones: their parts are linked, so a graph of any size takes a moment and no disk. */
export async function copyGraphState(owner: Owner, from: Place, to: Place, signal: AbortSignal): Promise<void> {
  const run = (sql: string) => owner.run(defineStatement({ name: 'identity.copy_state', sql, params: z.object({}) }), {}, { signal });
  await run(`create database ${to.raw}`);
  await run(`create table ${to.raw}.identity_decisions clone as ${from.raw}.identity_decisions`);
  await run(`create database ${to.identity}`);
  for (const { name, is_table, definition } of await owner.ask(kept, { database: from.identity, committed: COMMITTED }, { signal })) {
    if (is_table) await run(`create table ${to.identity}.${quoteIdentifier(name)} clone as ${from.identity}.${quoteIdentifier(name)}`);
    else await run(definition.replaceAll(`${from.identity}.`, `${to.identity}.`));
  }
}
