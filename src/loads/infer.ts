/** Types of a file's columns: guessed by ClickHouse from the first rows, then held against all of them. */
import { type FileHandle, open } from 'node:fs/promises';
import * as z from 'zod';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery } from '../warehouse/query.ts';
import { type Column, columnNames, keptType, settledType } from './columns.ts';
import { probeSql } from './compile-load.ts';
import { errors } from './errors.ts';
import type { TextFile } from './records.ts';

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

  async types(client: WarehouseClient, { columns, textColumns }: Pick<TextFile, 'columns' | 'textColumns'>): Promise<Column[]> {
    const found = this.#rows.length === 0 ? [] : await client.ask(inferFromRows, { rows: this.#rows.join('\n') });
    return columns.map((name, index) => {
      const type = keptType(found[index]?.type ?? 'String');
      return { name, type: textColumns.has(name) && /Int|Float/.test(type) ? 'Nullable(String)' : type };
    });
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
/** Footers take kilobytes, of files with thousands of row groups megabytes; this bounds what a damaged length could make us read. */
const MAX_FOOTER_BYTES = 256 * 1024 * 1024;

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
    if (length > MAX_FOOTER_BYTES) throw errors.format(`${name}: its description of itself is larger than 256 MiB`);
    const footer = await readAt(file, size - 8 - length, length + 8);
    const columns = await describeParquet(client, Buffer.concat([Buffer.from(MAGIC), footer]));
    // Parquet goes by names, so they cannot be changed on the way as those of a text can.
    const usable = columnNames(
      columns.map((column) => column.name),
      name,
    );
    const unusable = columns.find((column, index) => column.name !== usable[index]);
    if (unusable) throw errors.format(`${name}: a column cannot be named "${unusable.name}"`);
    return columns;
  } finally {
    await file.close();
  }
}

/** In the text of the question, because a parameter holds 128 KiB and footers grow with their files. Base64 needs no quoting. */
async function describeParquet(client: WarehouseClient, file: Buffer): Promise<Column[]> {
  const literal = file.toString('base64');
  const query = defineQuery({
    name: 'loads.infer_from_parquet',
    sql: `describe table format(Parquet, base64Decode('${literal}'))`,
    params: z.object({}),
    row: described,
  });
  return client.ask(query, {}, { settings: { max_query_size: String(literal.length + 1_000) } });
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
