/** Copies the state of the identity graph into databases aside, so that what is built there goes on from where the last build left off. */

import * as z from 'zod';
import type { Databases } from '../sql/databases.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';

type Owner = Pick<WarehouseClient, 'ask' | 'run'>;
type Place = Pick<Databases, 'identity' | 'raw'>;

/** The one view that is state: replacing it commits a solve. The others are made anew by each build. */
const COMMITTED = 'identity_graph';

/** `resolved_…` is left out: it is large, and nothing that decides who is who reads it. */
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

/** Tables as clones: their parts are linked, not copied, so that a graph of any size costs a moment and no disk. */
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
