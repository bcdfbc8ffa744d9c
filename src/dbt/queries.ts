/** The dbt room's own queries to ClickHouse: stopping a build's queries, clearing up after a killed build, counting rows. */

import * as z from 'zod';
import { qualified } from '../sql/sql-text.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';

/**
 * `sync`: answers when the queries are gone. This statement has no such comment itself, so it never kills itself. The comment in front of a
 * statement belongs to the project; which build a statement belongs to is in its `log_comment` (worker_connections.py).
 */
export const killBuildQueries = defineStatement({
  name: 'dbt.kill_queries',
  sql: `
    kill query
    where user = currentUser()
      and startsWith(Settings['log_comment'], {comment:String})
    sync
  `,
  params: z.object({ comment: z.string() }),
});

/** How the `log_comment` of a build's statements begins: of every build of the service, or of the given invocation only. */
export const buildComment = (prefix: string, invocationId = '') => `sluice-build service ${prefix} ${invocationId}`;

/**
 * Tables that dbt builds before the exchange and that a killed build leaves behind. A table that a running query names is kept: a data
 * engineer's own dbt may be filling it right now.
 */
export const leftoverTables = defineQuery({
  name: 'dbt.leftovers',
  sql: `
    with (select groupArray(query) from system.processes) as running
    select
        database,
        name
    from system.tables
    where database in {databases:Array(String)}
      and match(name, '__dbt_(tmp|backup|new_data)')
      and not arrayExists(query -> position(query, name) > 0, running)
  `,
  params: z.object({ databases: z.array(z.string()) }),
  row: z.object({ database: z.string(), name: z.string() }),
});

/** Names come from system.tables, and are quoted. */
export const dropLeftover = ({ database, name }: { database: string; name: string }) =>
  defineStatement({
    name: 'dbt.drop_leftover',
    sql: `drop table if exists ${qualified({ database, table: name })} sync`,
    params: z.object({}),
  });

/** Taken from the parts' metadata: costs nothing. NULL for views. */
export const tableRows = defineQuery({
  name: 'dbt.table_rows',
  sql: `
    select total_rows as row_count
    from system.tables
    where database = {database:String}
      and name = {table:String}
  `,
  params: z.object({ database: z.string(), table: z.string() }),
  row: z.object({ row_count: z.coerce.number().nullable() }),
});

/** The counts of the last build (models/profiles/unreadable_values.sql). */
export const unreadableColumns = defineQuery({
  name: 'dbt.unreadable_columns',
  sql: `
    select
        source,
        table_name as table,
        column_name as column,
        unreadable_count as unreadable,
        value_count as values
    from sluice.unreadable_values
    where unreadable_count > 0
    order by unreadable desc, source, table, column
  `,
  params: z.object({}),
  row: z.object({
    source: z.string(),
    table: z.string(),
    column: z.string(),
    unreadable: z.coerce.number(),
    values: z.coerce.number(),
  }),
});

/** The databases of a trial build, see aside-databases.ts. */
export const asideDatabases = defineQuery({
  name: 'dbt.aside_databases',
  sql: `
    select name
    from system.databases
    where startsWith(name, {prefix:String})
      and match(substring(name, length({prefix:String}) + 1), '^(_[a-z]+)?$')
  `,
  params: z.object({ prefix: z.string() }),
  row: z.object({ name: z.string() }),
});

export const createAside = (name: string) =>
  defineStatement({ name: 'dbt.create_aside', sql: `create database if not exists \`${name}\``, params: z.object({}) });

/** Names come from asideDatabases, which returns nothing else. */
export const dropAside = (name: string) =>
  defineStatement({ name: 'dbt.drop_aside', sql: `drop database if exists \`${name}\` sync`, params: z.object({}) });
