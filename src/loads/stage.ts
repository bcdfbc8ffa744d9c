/** Puts the rows of one file into a staging table, where they can be checked before readers see them. */

import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { CdpError } from '../errors.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineStatement } from '../warehouse/query.ts';
import { keptOwnType } from './compile-copy.ts';
import { createRawTableSql } from './compile-load.ts';
import { errors } from './errors.ts';
import { delimiterNamed } from './format.ts';
import { Sample } from './infer.ts';
import type { InputFile } from './inputs.ts';
import { readParquet } from './parquet.ts';
import { lostNulls, type NestedNull } from './parquet-nulls.ts';
import { openText } from './records.ts';
import type { Staged } from './staged.ts';
import type { TextFile } from './text-file.ts';

export interface StageOptions {
  readonly aside: string;
  readonly loadId: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly skipLines?: number;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** @throws CdpError of this room. */
export function stage(client: WarehouseClient, file: InputFile, options: StageOptions): Promise<Staged> {
  return file.kind.format === 'parquet' ? stageParquet(client, file, options) : stageText(client, file, options);
}

const sqlOf = (name: string, sql: string) => defineStatement({ name, sql, params: z.object({}) });

async function stageParquet(client: WarehouseClient, file: InputFile, options: StageOptions): Promise<Staged> {
  const { aside, loadId, onBytes, signal } = options;
  const parquet = await readParquet(client, file.path, file.name).catch((error: unknown) => {
    throw asDamaged(error, file);
  });
  if (parquet.metadata.num_rows === 0n) throw errors.nothing(`${file.name} is empty: it has columns and no row`);
  await client.run(sqlOf('loads.create_aside', createRawTableSql(aside, parquet.columns, `A load under way of ${file.name}`)), {});
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(file.path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      onBytes(chunk.length);
      yield chunk;
    }
  }
  // Without a list of columns: Parquet matches by name, and the columns that Sluice adds take their defaults.
  await send(client, aside, bytes(), { file, format: 'Parquet', signal });
  const hasNulls = await stageNulls(client, `${aside}_nulls`, lostNulls(parquet, { ...file, signal }));
  return {
    kind: 'parquet',
    file,
    loadId,
    aside,
    own: new Map(parquet.columns.map((column) => [column.name, column])),
    ...(hasNulls && { nulls: `${aside}_nulls` }),
    columns: parquet.columns.map((column) => ({ name: column.name, type: keptOwnType(column) })),
    warnings: [],
  };
}

const NULLS_AT_ONCE = 100_000;

/** @returns whether there are any; the table is made only then. */
async function stageNulls(client: WarehouseClient, table: string, nulls: AsyncIterable<NestedNull>): Promise<boolean> {
  let isMade = false;
  let waiting: NestedNull[] = [];
  const flush = async () => {
    if (waiting.length === 0) return;
    if (!isMade) await client.run(sqlOf('loads.create_nulls', nullsSql(table)), {});
    isMade = true;
    await client.insert(`sluice_raw.${table}`, waiting);
    waiting = [];
  };
  for await (const lost of nulls) {
    waiting.push(lost);
    if (waiting.length >= NULLS_AT_ONCE) await flush();
  }
  await flush();
  return isMade;
}

async function stageText(client: WarehouseClient, file: InputFile, options: StageOptions): Promise<Staged> {
  const { aside, loadId, encoding, delimiter, skipLines, onBytes, signal } = options;
  const text = await openText({
    ...file,
    onBytes,
    signal,
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter: delimiterNamed(delimiter) }),
    ...(skipLines === undefined ? {} : { skipLines }),
  });
  await client.run(sqlOf('loads.create_aside', asideSql(aside)), {});
  const sample = new Sample();
  const widths = new Map<number, number>();
  let rows = 0;

  async function* lines(): AsyncIterable<string> {
    let chunk = '';
    for await (const row of text.rows()) {
      rows += 1;
      if (row.values) sample.add(row.values);
      else if (row.fields !== undefined) widths.set(row.fields, (widths.get(row.fields) ?? 0) + 1);
      chunk += `${JSON.stringify([row.line, row.values ?? [], row.problem ?? '', row.values ? '' : row.text.toWellFormed()])}\n`;
      if (chunk.length > CHUNK) {
        yield chunk;
        chunk = '';
      }
    }
    if (chunk !== '') yield chunk;
  }

  await send(client, aside, lines(), { file, format: 'JSONCompactEachRow', signal });
  if (rows === 0) throw errors.nothing(`${file.name} has a first line and no rows`);
  const problem = headerProblem(text, { rows, widths });
  return {
    kind: 'text',
    file,
    loadId,
    aside,
    columns: await sample.types(client, text),
    hasEmptyAsNull: file.kind.format === 'csv',
    warnings: text.warnings,
    ...(problem !== undefined && { headerProblem: problem }),
  };
}

/** Reports the fault of the file rather than the broken insert that follows from it. */
async function send(
  client: WarehouseClient,
  aside: string,
  content: AsyncIterable<string | Buffer>,
  { file, format, signal }: { readonly file: InputFile; readonly format: 'Parquet' | 'JSONCompactEachRow'; readonly signal: AbortSignal },
): Promise<void> {
  let failure: unknown;
  const stream = Readable.from(content, { objectMode: false });
  stream.once('error', (error) => {
    failure = error;
  });
  // A file that was written in order gets its rows numbered in order.
  const settings = format === 'Parquet' ? { input_format_parquet_preserve_order: 1 as const } : {};
  try {
    await client.insert(`sluice_raw.${aside}`, stream, { format, signal, settings });
  } catch (error) {
    if (failure !== undefined && !signal.aborted) throw failure;
    throw asDamaged(error, file);
  }
}

/** When most rows share another number of fields than the first line has, the first line does not hold their names. */
function headerProblem(
  { columns, titleHint }: TextFile,
  { rows, widths }: { readonly rows: number; readonly widths: ReadonlyMap<number, number> },
): string | undefined {
  const [width, count] = [...widths].sort(([, one], [, other]) => other - one)[0] ?? [0, 0];
  if (count < 2 || count * 2 <= rows) return undefined;
  return `its first line has ${columns.length} fields, but ${count} of its ${rows} rows have ${width}. ${titleHint(width)}`;
}

/** Errors of ClickHouse about bytes that do not unpack, and about values that do not match the file's own description. */
const DAMAGED = new Set(['warehouse.failed', 'warehouse.bad_data']);

/** Turns ClickHouse's error about a Parquet file it cannot read into a fault of that file; other errors pass through. */
function asDamaged(error: unknown, { name, kind }: InputFile): unknown {
  if (kind.format !== 'parquet' || !(error instanceof CdpError) || !DAMAGED.has(error.code)) return error;
  if (error.message.includes('VALUE_IS_OUT_OF_RANGE'))
    return errors.format(`${name}: holds a date or time within a list or group that ClickHouse cannot keep. Write it as text`, {
      cause: error,
    });
  return errors.format(`${name}: is Parquet that is damaged, or of a kind that ClickHouse cannot read`, { cause: error });
}

/** Rows are written in groups: one write per row would mostly spend time in the stream's machinery. */
const CHUNK = 128 * 1024;

const asideSql = (aside: string) => `
create table sluice_raw.${quoteIdentifier(aside)}
(
    line    UInt64                  comment 'Line of the file on which the row begins',
    fields  Array(Nullable(String)) comment 'Fields in the order of the columns',
    problem String                  comment 'Why the row cannot be read; empty when it can',
    text    String                  comment 'A row that cannot be read, as it stands'
)
engine = MergeTree
order by line
comment 'A load under way'`;

const nullsSql = (table: string) => `
create table sluice_raw.${quoteIdentifier(table)}
(
    number    UInt64 comment 'Row of the file, counted from 1',
    name      String comment 'Column',
    is_within UInt8  comment '0: the value is NULL; 1: a list, map or group within it is'
)
engine = MergeTree
order by (name, is_within, number)
comment 'NULL lists, maps and groups of a load under way'`;
