/** Types of a file's columns: guessed by ClickHouse from the first rows, then held against all of them. */
import { open } from 'node:fs/promises';
import * as z from 'zod';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery } from '../warehouse/query.ts';
import { type Column, keptType, settledType } from './columns.ts';
import { probeSql } from './compile-load.ts';
import { errors } from './errors.ts';

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

const inferFromParquet = defineQuery({
  name: 'loads.infer_from_parquet',
  sql: 'describe table format(Parquet, base64Decode({file:String}))',
  params: z.object({ file: z.string() }),
  row: described,
});

/** A parameter holds 128 KiB; some of that is escaping. */
const SAMPLE_BYTES = 64 * 1024;

/** Collects the first rows of a file, as many as one question can carry. */
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

  async types(client: WarehouseClient, names: readonly string[]): Promise<Column[]> {
    if (this.#rows.length === 0) return names.map((name) => ({ name, type: 'Nullable(String)' }));
    const found = await client.ask(inferFromRows, { rows: this.#rows.join('\n') });
    return names.map((name, index) => ({ name, type: keptType(found[index]?.type ?? 'String') }));
  }
}

const count = z.coerce.number();
const Probe = z.object({ columns: z.array(z.tuple([count, count, count, count, count, count])) });

/** Holds the guesses against every row of the aside table. */
export async function verifyTypes(client: WarehouseClient, aside: string, guessed: readonly Column[]): Promise<Column[]> {
  const query = defineQuery({ name: 'loads.verify_types', sql: probeSql(aside, guessed), params: z.object({}), row: Probe });
  const [found] = await client.ask(query, {});
  return guessed.map(({ name, type }, index) => {
    const [values = 0, misfits = 0, notFloats = 0, codes = 0, longNumbers = 0, days = 0] = found?.columns[index] ?? [];
    return { name, type: settledType(type, { values, misfits, notFloats, codes, longNumbers, days }) };
  });
}

const MAGIC = 'PAR1';
/** Schemas take kilobytes; this bounds what a damaged length could make us read, and what one question can carry. */
const MAX_FOOTER_BYTES = 90 * 1024;

/**
 * ClickHouse reads a Parquet schema from the end of the file, so it is asked about a file that consists of nothing else.
 * @throws CdpError `loads.format`.
 */
export async function parquetColumns(client: WarehouseClient, path: string, name: string): Promise<Column[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const tail = await readAt(file, Math.max(0, size - 8), 8);
    const length = tail.length === 8 ? tail.readUInt32LE(0) : 0;
    if (tail.subarray(4).toString('latin1') !== MAGIC || length + 12 > size)
      throw errors.format(`${name}: is Parquet that is cut off or damaged`);
    if (length > MAX_FOOTER_BYTES)
      throw errors.format(`${name}: its description of itself is larger than 90 KiB; write it with larger row groups`);
    const footer = await readAt(file, size - 8 - length, length + 8);
    return await client.ask(inferFromParquet, { file: Buffer.concat([Buffer.from(MAGIC), footer]).toString('base64') });
  } finally {
    await file.close();
  }
}

async function readAt(file: Awaited<ReturnType<typeof open>>, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
