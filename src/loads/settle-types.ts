/** Settles one type for a column over all files: the table's type, or a new one that keeps every file's values as they were written. */

import * as z from 'zod';
import { innerType, nullable } from '../sql/column-type.ts';
import { defineQuery } from '../warehouse/query.ts';
import { assertNotTooWide, type Column, commonType, settledType } from './columns.ts';
import { probeDaysSql } from './compile-copy.ts';
import { errors } from './errors.ts';
import { verifyTypes } from './infer.ts';
import { countRejected, type QueryClient } from './queries.ts';
import type { Staged } from './staged.ts';

const TEXT = 'Nullable(String)';

/**
 * @param existing columns of the table; empty when it is to be made.
 * @param text names of columns that are to be text.
 * @throws CdpError `loads.column` for a name in `text` that neither file nor table has.
 */
export async function settleTypes(
  client: QueryClient,
  staged: readonly Staged[],
  existing: readonly Column[],
  text: readonly string[],
): Promise<Staged[]> {
  const named = new Set([...existing, ...staged.flatMap(({ columns }) => columns)].map(({ name }) => name));
  assertNotTooWide(named.size, staged.map(({ file }) => file.name).join(', '));
  const unknown = text.find((name) => !named.has(name));
  if (unknown !== undefined) throw errors.column(`Neither the file nor the table has a column "${unknown}"`);

  const verified = await Promise.all(staged.map((one) => verify(client, one, text)));
  const settled = new Map(existing.map(({ name, type }) => [name, text.includes(name) ? TEXT : type]));
  const added = new Map<string, string>();
  for (const { columns } of verified) {
    for (const { name, type } of columns) if (!settled.has(name)) added.set(name, commonType(added.get(name) ?? type, type));
  }
  for (const [name, type] of added) {
    const isHeldByAll = await Promise.all(verified.map((one) => holds(client, one, { name, type })));
    settled.set(name, isHeldByAll.every(Boolean) ? type : TEXT);
  }
  return verified.map((one) => ({ ...one, columns: typed(one.columns, settled) }));
}

const typed = (columns: readonly Column[], types: ReadonlyMap<string, string>): Column[] =>
  columns.map(({ name, type }) => ({ name, type: types.get(name) ?? type }));

async function verify(client: QueryClient, one: Staged, text: readonly string[]): Promise<Staged> {
  const asText = new Map(text.map((name) => [name, TEXT]));
  if (one.kind === 'text') return { ...one, columns: await verifyTypes(client, { ...one, columns: typed(one.columns, asText) }) };
  return { ...one, columns: typed(typed(one.columns, await misfittingDays(client, one)), asText) };
}

const Days = z.object({ days: z.array(z.tuple([z.string(), z.coerce.number(), z.coerce.number()])) });

/** Columns of days become text when too many days are out of the range of ClickHouse (9999-12-31). */
async function misfittingDays(client: QueryClient, { aside, own }: Extract<Staged, { kind: 'parquet' }>): Promise<Map<string, string>> {
  if (![...own.values()].some(({ kind }) => kind === 'day')) return new Map();
  const query = defineQuery({ name: 'loads.verify_days', sql: probeDaysSql({ aside, own }), params: z.object({}), row: Days });
  const [found] = await client.ask(query, {});
  const facts = { notFloats: 0, codes: 0, inexact: 0, empties: 0, notDays: 0, notInstants: 0 };
  return new Map(
    (found?.days ?? []).map(([name, values, misfits]) => [name, settledType('Nullable(Date32)', { ...facts, values, misfits })]),
  );
}

/** Whether the file's values stay unchanged in the type that another file led to. */
async function holds(client: QueryClient, one: Staged, column: Column): Promise<boolean> {
  const own = one.columns.find(({ name }) => name === column.name);
  if (!own || innerType(own.type) === innerType(column.type) || innerType(column.type) === 'String') return true;
  if (one.kind === 'parquet') return (await countRejected(client, { ...one, columns: [column] })).rejected === 0;
  const tried = await verifyTypes(client, { ...one, columns: typed(one.columns, new Map([[column.name, column.type]])) });
  return tried.some(({ name, type }) => name === column.name && innerType(type) === innerType(column.type));
}

/** A file may lack a value, and a missing value must not become 0: so a column of the table becomes nullable. Lists and groups cannot. */
export const madeNullable = ({ name, type }: Column): Column => ({ name, type: nullable(type) });
