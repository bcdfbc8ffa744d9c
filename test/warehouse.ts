/** A warehouse for tests: a fresh installation (prefix) on one embedded server that all test files share. */
import { randomBytes } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { readConfig } from '../src/config.ts';
import type { WarehouseClient } from '../src/warehouse/client.ts';
import { defineQuery, defineStatement } from '../src/warehouse/query.ts';
import { openWarehouse, type Warehouse } from '../src/warehouse/warehouse.ts';

/** One per user of the machine: two people's test runs must not share a server or its passwords. */
export const DATA_DIR = join(tmpdir(), `sluice-test-${userInfo().username}`);

/**
 * Joins the shared server, or starts it (0.5–2 s), with databases `sluice_t<random>…` that are dropped on close.
 * @param environment further settings.
 */
export async function testWarehouse(environment: Readonly<Record<string, string>> = {}): Promise<Warehouse> {
  const prefix = `sluice_t${randomBytes(4).toString('hex')}`;
  const config = readConfig({ ...environment, SLUICE_DATA_DIR: DATA_DIR, SLUICE_DATABASE_PREFIX: prefix });
  const warehouse = await openWarehouse(config, { embedded: { prefixPattern: 'sluice_t*', lingerMs: 5_000 } });
  const drop = async (databases: readonly string[]) => {
    for (const database of databases) {
      const sql = `drop database if exists ${database} sync`;
      await warehouse.owner.run(defineStatement({ name: 'test.drop', sql, params: z.object({}) }), {});
    }
  };
  await drop((await warehouse.owner.ask(abandoned, {})).map(({ name }) => name));
  return {
    ...warehouse,
    async close() {
      await drop(Object.values(warehouse.databases));
      await warehouse.close();
    },
  };
}

/** Runs one statement. */
export const runSql = (client: Pick<WarehouseClient, 'run'>, sql: string) =>
  client.run(defineStatement({ name: 'test.run', sql, params: z.object({}) }), {});

/** The rows of one query, each checked against `row`. */
export const askSql = <R extends z.ZodObject>(client: Pick<WarehouseClient, 'ask'>, sql: string, row: R) =>
  client.ask(defineQuery({ name: 'test.ask', sql, params: z.object({}), row }), {});

/** The rows of one query, whatever their columns are. */
export const rowsOf = (client: Pick<WarehouseClient, 'ask'>, sql: string) => askSql(client, sql, z.looseObject({}));

/** Databases of test runs that were killed, those aside (src/dbt/aside.ts) among them. */
const abandoned = defineQuery({
  name: 'test.abandoned',
  sql: `
    with extract(name, '^(sluice_t[0-9a-f]{8})(?:_|$)') as prefix
    select name
    from system.databases
    where prefix in (
        select extract(database, '^(sluice_t[0-9a-f]{8})(?:_|$)') as left
        from system.tables
        group by left
        having left != ''
          and max(metadata_modification_time) < now() - interval 2 hour
    )
  `,
  params: z.object({}),
  row: z.object({ name: z.string() }),
});
