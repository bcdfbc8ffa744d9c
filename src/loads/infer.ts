/** The types of a file's columns: guessed by ClickHouse from the first rows, then checked against all rows. */

import * as z from 'zod';
import { CdpError } from '../errors.ts';
import { defineQuery } from '../warehouse/query.ts';
import { type Column, type ColumnFacts, keptType, settledType } from './columns.ts';
import { probeMisfitsSql, probeSql, type TextRows } from './compile-load.ts';
import type { QueryClient } from './queries.ts';
import type { TextFile } from './text-file.ts';

const described = z.object({ name: z.string(), type: z.string() });

const inferFromRows = defineQuery({
  name: 'loads.infer_from_rows',
  sql: `
    describe table format(JSONCompactEachRow, {rows:String})
    settings
        input_format_json_try_infer_numbers_from_strings = 1,
        schema_inference_make_columns_nullable = 1,
        input_format_max_rows_to_read_for_schema_inference = 100000
  `,
  params: z.object({ rows: z.string() }),
  row: described,
});

/** A parameter holds 128 KiB; escaping takes some of that. */
const SAMPLE_BYTES = 64 * 1024;

/** Collects as many of the first rows of a file as one question can carry. */
export class Sample {
  readonly #rows: string[] = [];
  #bytes = 0;

  add(values: readonly (string | null)[]): void {
    if (this.#bytes > SAMPLE_BYTES) return;
    // Empty fields say nothing about the type, and would make every column a text.
    const row = JSON.stringify(values.map((value) => (value === '' ? null : value)));
    this.#bytes += row.length;
    if (this.#bytes <= SAMPLE_BYTES) this.#rows.push(row);
  }

  /** All columns at once. If one of them has no type, each column is asked alone, and that one is text. */
  async #infer(client: QueryClient, columns: number): Promise<{ readonly type: string }[]> {
    try {
      return await client.ask(inferFromRows, { rows: this.#rows.join('\n') });
    } catch (error) {
      if (!hasNoCommonType(error)) throw error;
    }
    const rows = this.#rows.map((row) => JSON.parse(row) as (string | null)[]);
    const found: { readonly type: string }[] = [];
    for (let index = 0; index < columns; index += 1) {
      const column = rows.map((row) => JSON.stringify([row[index] ?? null])).join('\n');
      const [type] = await client.ask(inferFromRows, { rows: column }).catch((error: unknown) => {
        if (hasNoCommonType(error)) return [];
        throw error;
      });
      found.push(type ?? { type: 'Nullable(String)' });
    }
    return found;
  }

  async types(client: QueryClient, { columns, textColumns }: Pick<TextFile, 'columns' | 'textColumns'>): Promise<Column[]> {
    const found = this.#rows.length === 0 ? [] : await this.#infer(client, columns.length);
    return columns.map((name, index) => {
      const type = keptType(found[index]?.type ?? 'String');
      return { name, type: textColumns.has(name) && /Int|Float/.test(type) ? 'Nullable(String)' : type };
    });
  }
}

/** No type holds both 18446744073709551615 and -1. ClickHouse then gives no type for the other columns either. */
const NO_COMMON_TYPE = 636;

const hasNoCommonType = (error: unknown) => error instanceof CdpError && error.context.clickhouse_code === NO_COMMON_TYPE;

/** The time in which ClickHouse understands a question grows with the square of its columns: 40 s for 1,000 at once. */
const COLUMNS_AT_ONCE = 100;

const count = z.coerce.number();
const Probe = z.object({ columns: z.array(z.tuple([count, count, count])) });
const MisfitProbe = z.object({ columns: z.array(z.tuple([z.string(), count, count, count, count, count])) });
const nothing = z.object({});

/** Checks the guesses against every row of the staging table. */
export async function verifyTypes(client: QueryClient, rows: TextRows): Promise<Column[]> {
  const found: [number, number, number][] = [];
  for (let from = 0; from < rows.columns.length; from += COLUMNS_AT_ONCE) {
    const sql = probeSql(rows, from, COLUMNS_AT_ONCE);
    const [some] = await client.ask(defineQuery({ name: 'loads.verify_types', sql, params: nothing, row: Probe }), {});
    found.push(...(some?.columns ?? []));
  }
  const counted = rows.columns.map(({ name, type }, index) => {
    const [values = 0, misfits = 0, empties = 0] = found[index] ?? [];
    return { name, type, facts: { values, misfits, empties, notFloats: 0, codes: 0, inexact: 0, notDays: 0, notInstants: 0 } };
  });
  const misfitting = new Set(counted.flatMap(({ name, facts }) => (facts.misfits > 0 ? [name] : [])));
  const details = await misfitFacts(client, rows, misfitting);
  return counted.map(({ name, type, facts }) => ({ name, type: settledType(type, { ...facts, ...details.get(name) }) }));
}

async function misfitFacts(
  client: QueryClient,
  rows: TextRows,
  misfitting: ReadonlySet<string>,
): Promise<Map<string, Partial<ColumnFacts>>> {
  if (misfitting.size === 0) return new Map();
  const sql = probeMisfitsSql(rows, misfitting);
  const [found] = await client.ask(defineQuery({ name: 'loads.verify_misfits', sql, params: nothing, row: MisfitProbe }), {});
  return new Map(
    (found?.columns ?? []).map(([name, notFloats, codes, inexact, notDays, notInstants]) => [
      name,
      { notFloats, codes, inexact, notDays, notInstants },
    ]),
  );
}
