/** Upserts and deletes in a table: one transaction per batch. A bad row is set aside with its reason, and the others are written. */
import * as z from 'zod';
import { halves } from '../../src/connector-kit/batch.ts';
import { type ClientObject, defineClientObject, type MappedField, type PlaceState } from '../../src/connector-kit/connector.ts';
import { accepted, type Outcome, refused } from '../../src/connector-kit/outcome.ts';
import { allowsPrivateNetwork } from '../../src/connector-kit/private-network.ts';
import { jsonArray, type OutgoingRow, type Rows } from '../../src/connector-kit/row.ts';
import { inTransaction, openPostgres, type PostgresPool, type PostgresSession } from '../../src/connector-kit/transport-postgres.ts';
import { serverOf } from './address.ts';
import { Column, ColumnsRefused, columnsProblem, columnsSql } from './columns.ts';
import { postgresConfig } from './config.ts';
import { faultOf, isDataError, isValueError } from './fault.ts';
import { postgresBatch } from './limits.ts';
import { postgresName, postgresNames } from './names.ts';
import { createTableSql, deleteSql, firstRowSql, lookSql, type Table, tryFieldSql, upsertSql } from './statements.ts';

type PostgresConfig = typeof postgresConfig;

const Options = z.strictObject({
  table: postgresName.meta({ label: 'Table' }),
  create_table: z.boolean().default(false).meta({ label: 'Create the table and its columns when they are missing' }),
});

export const rows: ClientObject<PostgresConfig> = defineClientObject(postgresConfig, {
  title: 'Row of a table',
  modes: ['upsert', 'mirror', 'audience'],
  fields: z.object({}).catchall(z.json()),
  options: Options,
  addressedBy: ['table'],
  batch: postgresBatch,
  names: postgresNames,
  // Neither text nor jsonb: https://www.postgresql.org/docs/current/datatype-json.html (2026-11).
  refusesNul: true,
  isIdempotent: true,
  async open({ config: settings, options, keyFields, valueFields }) {
    const table: Table = { schema: settings.schema, table: options.table, keyFields, valueFields };
    const suspect: Suspect = { field: undefined };
    const pool = await open(settings);
    try {
      await assertKept(pool, table, options.create_table);
      for (const statement of options.create_table ? createTableSql(table) : []) await pool.query(statement);
      // An empty batch: it shows a missing table, column, unique index or right before anything is sent.
      await pool.query(upsertSql(table), ['[]']);
    } catch (error) {
      await pool.close();
      throw error;
    }
    return {
      write: (batch) => writeBatch(pool, { ...table, suspect }, batch),
      close: () => pool.close(),
    };
  },
  look: ({ config: settings, options, valueFields }) => lookAtTable(settings, options, valueFields),
  faultOf,
});

const open = (settings: z.output<PostgresConfig>) =>
  openPostgres({ ...serverOf(settings.url), allowsPrivateNetwork: allowsPrivateNetwork(settings) });

const looked = z.object({ identity: z.coerce.string(), contents: z.coerce.string() });

/**
 * Uses one connection and at most three short statements. A table that was dropped and made again has another oid, one that was truncated
 * another file.
 */
async function lookAtTable(
  settings: z.output<PostgresConfig>,
  { table, create_table: isMade }: z.output<typeof Options>,
  valueFields: readonly MappedField[],
): Promise<PlaceState> {
  const pool = await open(settings);
  try {
    const name = { schema: settings.schema, table };
    const [found] = await pool.query(lookSql, [settings.schema, table]);
    const what = `the table ${settings.schema}.${table}`;
    if (found === undefined) return { state: 'missing', what, isMade };
    const first = await pool.query(firstRowSql(name));
    const seen = { state: 'there', what, ...looked.parse(found), isEmpty: first.length === 0 } as const;
    // When the sync does not make columns, opening the table reports the missing ones.
    if (!isMade) return seen;
    const columns = z.array(Column).parse(await pool.query(columnsSql, [settings.schema, table]));
    const missingFields = valueFields.map(({ name }) => name).filter((field) => !columns.some(({ name }) => name === field));
    return { ...seen, missingFields };
  } finally {
    await pool.close();
  }
}

/** The field that caused the last error: the next row probably has the same fault, so this field is tried first. */
interface Suspect {
  field: string | undefined;
}

interface WrittenTable extends Table {
  readonly suspect: Suspect;
}

/** @throws ColumnsRefused */
async function assertKept(pool: PostgresPool, table: Table, isMade: boolean): Promise<void> {
  const found = await pool.query(columnsSql, [table.schema, table.table]);
  const problem = columnsProblem(table, z.array(Column).parse(found), isMade);
  if (problem !== undefined) throw new ColumnsRefused(problem);
}

const writeBatch = (pool: PostgresPool, table: WrittenTable, batch: Rows): Promise<Outcome[]> =>
  pool.withSession((session) =>
    inTransaction(session, () => apply(session, table, batch)).catch((error: unknown) => {
      if (!isDataError(error)) throw error;
      return inTransaction(session, () => applyAround(session, table, batch));
    }),
  );

async function apply(session: PostgresSession, table: Table, batch: Rows): Promise<Outcome[]> {
  const isRemoval = batch[0].operation === 'delete' || batch[0].operation === 'remove';
  if (isRemoval) await session.query(deleteSql(table), [jsonArray(batch)]);
  else for (const part of byFields(table, batch)) await session.query(upsertSql(part.table), [jsonArray(part.rows)]);
  return batch.map(() => accepted);
}

/** A withheld field is not in its row, and its column stays unchanged: so rows with the same fields are written together. */
function* byFields(table: Table, batch: Rows): Generator<{ table: Table; rows: Rows }> {
  // A quoted name with a colon can only be a field name: within a text, the quotes would be escaped. Nested objects have names of their
  // own.
  const names = table.valueFields.map(({ name }) => `${JSON.stringify(name)}:`);
  const isFlat = table.valueFields.every(({ kind }) => kind !== 'json');
  if (isFlat && batch.every(({ json }) => names.every((name) => json.includes(name)))) {
    yield { table, rows: batch };
    return;
  }
  const parts = new Map<string, { table: Table; rows: [OutgoingRow, ...OutgoingRow[]] }>();
  for (const row of batch) {
    const valueFields = table.valueFields.filter(({ name }) => Object.hasOwn(row.fields, name));
    const id = JSON.stringify(valueFields.map(({ name }) => name));
    const part = parts.get(id);
    if (part) part.rows.push(row);
    else parts.set(id, { table: { ...table, valueFields }, rows: [row] });
  }
  yield* parts.values();
}

/**
 * Halves the batch around the rows that the table refuses: k bad rows of n cost about 2k·log n statements, and the good ones are committed
 * together.
 */
async function applyAround(session: PostgresSession, table: WrittenTable, batch: Rows): Promise<Outcome[]> {
  try {
    return await withSavepoint(session, () => apply(session, table, batch));
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (batch.length === 1) return [refused(faultOf(error, await fieldAtFault(session, table, batch[0], error)))];
    const [first, second] = halves(batch);
    return [...(await applyAround(session, table, first)), ...(await applyAround(session, table, second))];
  }
}

async function withSavepoint<T>(session: PostgresSession, work: () => Promise<T>): Promise<T> {
  await session.query('savepoint part');
  try {
    return await work();
  } catch (error) {
    if (isDataError(error)) await session.query('rollback to savepoint part');
    throw error;
  } finally {
    // When the connection is gone, so is the savepoint. The first error is the one that says why.
    await session.query('release savepoint part').catch(() => undefined);
  }
}

/** PostgreSQL does not say which column a value did not fit, so the fields are tried one by one. */
async function fieldAtFault(session: PostgresSession, table: WrittenTable, row: OutgoingRow, error: unknown): Promise<string | undefined> {
  if (!isValueError(error)) return undefined;
  const { suspect } = table;
  const names = Object.keys(row.fields).sort((one, other) => Number(other === suspect.field) - Number(one === suspect.field));
  for (const name of names) {
    try {
      const alone = JSON.stringify([{ [name]: row.fields[name] }]);
      await withSavepoint(session, () => session.query(tryFieldSql(table), [alone]));
    } catch (failure) {
      if (!isDataError(failure)) throw failure;
      suspect.field = name;
      return name;
    }
  }
  return undefined;
}
