/** Upserts and deletes in a table: one transaction per batch; a bad row is set aside with its reason and the others land. */
import pg from 'pg';
import * as z from 'zod';
import { halves } from '../../src/connector-kit/batch.ts';
import { type ClientObject, defineClientObject, type Look } from '../../src/connector-kit/connector.ts';
import { accepted, type Outcome, refused } from '../../src/connector-kit/outcome.ts';
import { jsonArray, type Rows } from '../../src/connector-kit/row.ts';
import { publicAddressOf } from '../../src/connector-kit/transport-address.ts';
import { serverOf } from './address.ts';
import { faultOf, isDataError } from './fault.ts';
import type { postgresConfig } from './index.ts';
import { createTableSql, deleteSql, firstRowSql, lookSql, type Table, upsertSql } from './statements.ts';

type PostgresConfig = typeof postgresConfig;

const Options = z.strictObject({
  table: z.string().min(1).meta({ label: 'Table' }),
  create_table: z.boolean().default(false).meta({ label: 'Create the table and its columns when they are missing' }),
});

export const rows = (config: PostgresConfig): ClientObject<PostgresConfig> =>
  defineClientObject(config, {
    title: 'Row of a table',
    modes: ['upsert', 'mirror', 'audience'],
    fields: z.object({}).catchall(z.json()),
    options: Options,
    addressedBy: ['table'],
    batch: {
      maxRows: 2_000,
      maxBytes: 8_000_000,
      mixesOperations: false,
      source: { reason: 'our own choice: a transaction of well under a second' },
    },
    isIdempotent: true,
    async open({ config: settings, options, keyFields, valueFields }) {
      const table: Table = { schema: settings.schema, table: options.table, keyFields, valueFields };
      const pool = new pg.Pool(await connectionOf(settings));
      // A connection that breaks while idle is replaced at its next use; without a listener it would end the process.
      pool.on('error', () => undefined);
      try {
        for (const statement of options.create_table ? createTableSql(table) : []) await pool.query(statement);
        // An empty batch: a missing table, column, unique index or right shows before anything is sent.
        await pool.query(upsertSql(table), ['[]']);
      } catch (error) {
        await pool.end();
        throw error;
      }
      return {
        write: (batch) => writeBatch(pool, table, batch),
        close: () => pool.end(),
      };
    },
    look: ({ config: settings, options }) => lookAtTable(settings, options),
    faultOf,
  });

/** The URL taken apart, because the host is replaced by the address that was checked, while the certificate is for the name. */
async function connectionOf(settings: z.output<PostgresConfig>): Promise<pg.PoolConfig> {
  const { host, sslMode, ...server } = serverOf(settings.url);
  return {
    ...server,
    host: settings.allow_private_network ? host : await publicAddressOf(host),
    ...(sslMode === 'disable' ? {} : { ssl: { servername: host, rejectUnauthorized: sslMode !== 'no-verify' } }),
    max: 2,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    application_name: 'sluice',
  };
}

const looked = z.object({ identity: z.coerce.string(), contents: z.coerce.string() });

/** One connection, two short statements. A table that was dropped and made anew has another oid, one that was truncated another file. */
async function lookAtTable(settings: z.output<PostgresConfig>, { table, create_table: isMade }: z.output<typeof Options>): Promise<Look> {
  const client = new pg.Client(await connectionOf(settings));
  // As with the pool: what fails is told by the query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const name = { schema: settings.schema, table };
    const [found] = (await client.query(lookSql, [settings.schema, table])).rows;
    const what = `the table ${settings.schema}.${table}`;
    if (found === undefined) return { state: 'missing', what, isMade };
    const { rows: first } = await client.query(firstRowSql(name));
    return { state: 'there', what, ...looked.parse(found), isEmpty: first.length === 0 };
  } finally {
    await client.end();
  }
}

async function writeBatch(pool: pg.Pool, table: Table, batch: Rows): Promise<Outcome[]> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    return await inTransaction(client, () => apply(client, table, batch)).catch((error: unknown) => {
      if (!isDataError(error)) throw error;
      return inTransaction(client, () => applyAround(client, table, batch));
    });
  } catch (error) {
    failure = error instanceof Error ? error : new Error('postgres');
    throw error;
  } finally {
    // A client that failed may be in the middle of anything: it is closed, not given to the next batch.
    client.release(failure);
  }
}

async function inTransaction<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // When the connection is gone there is nothing to roll back, and the first error is the one that tells why.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function apply(client: pg.PoolClient, table: Table, batch: Rows): Promise<Outcome[]> {
  const isRemoval = batch[0].operation === 'delete' || batch[0].operation === 'remove';
  await client.query(isRemoval ? deleteSql(table) : upsertSql(table), [jsonArray(batch)]);
  return batch.map(() => accepted);
}

/** Halves the batch around what the table refuses: k bad rows of n cost about 2k·log n statements, and the good ones are committed together. */
async function applyAround(client: pg.PoolClient, table: Table, batch: Rows): Promise<Outcome[]> {
  await client.query('savepoint part');
  try {
    const outcomes = await apply(client, table, batch);
    await client.query('release savepoint part');
    return outcomes;
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('rollback to savepoint part');
    await client.query('release savepoint part');
    if (batch.length === 1) return [refused(faultOf(error))];
    const [first, second] = halves(batch);
    return [...(await applyAround(client, table, first)), ...(await applyAround(client, table, second))];
  }
}
