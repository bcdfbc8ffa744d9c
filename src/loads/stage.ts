/** Brings one file's rows into a table beside the one they are for, where they can be looked at before anybody sees them. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { CdpError } from '../errors.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineStatement } from '../warehouse/query.ts';
import { type Column, quoted } from './columns.ts';
import { createRawTableSql, type OwnTypes } from './compile-load.ts';
import { errors } from './errors.ts';
import { delimiterNamed } from './format.ts';
import { parquetColumns, Sample } from './infer.ts';
import type { InputFile } from './inputs.ts';
import { openText } from './records.ts';

export interface StageOptions {
  readonly aside: string;
  readonly loadId: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

export interface Staged {
  readonly file: InputFile;
  readonly loadId: string;
  readonly aside: string;
  /** Of a file that has types of its own; undefined for text, of which the fields are staged as they stand. */
  readonly ownTypes?: OwnTypes;
  /** With the types that they are to have in the target: guessed, until they are settled. */
  readonly columns: readonly Column[];
}

/** @throws CdpError of this room. */
export function stage(client: WarehouseClient, file: InputFile, options: StageOptions): Promise<Staged> {
  return file.kind.format === 'parquet' ? stageParquet(client, file, options) : stageText(client, file, options);
}

const sqlOf = (name: string, sql: string) => defineStatement({ name, sql, params: z.object({}) });

async function stageParquet(client: WarehouseClient, file: InputFile, options: StageOptions): Promise<Staged> {
  const { aside, loadId, onBytes, signal } = options;
  const columns = await parquetColumns(client, file.path, file.name).catch((error: unknown) => {
    throw asDamaged(error, file);
  });
  await client.run(sqlOf('loads.create_aside', createRawTableSql(aside, columns, `A load under way of ${file.name}`)), {});
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(file.path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      onBytes(chunk.length);
      yield chunk;
    }
  }
  // No list of columns: Parquet goes by the names in the file, and those that it does not have (ours) take their default.
  await send(client, aside, bytes(), { file, format: 'Parquet', signal });
  return { file, loadId, aside, ownTypes: new Map(columns.map(({ name, type }) => [name, type])), columns };
}

async function stageText(client: WarehouseClient, file: InputFile, options: StageOptions): Promise<Staged> {
  const { aside, loadId, encoding, delimiter, onBytes, signal } = options;
  const text = await openText({
    ...file,
    onBytes,
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter: delimiterNamed(delimiter) }),
  });
  await client.run(sqlOf('loads.create_aside', asideSql(aside)), {});
  const sample = new Sample();
  let rows = 0;

  async function* lines(): AsyncIterable<string> {
    let chunk = '';
    for await (const row of text.rows()) {
      rows += 1;
      if (row.values) sample.add(row.values);
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
  return { file, loadId, aside, columns: await sample.types(client, text) };
}

/** What went wrong with the file says more than the broken insert that comes of it. */
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
  // A file that was written in order has its rows numbered in order.
  const settings = format === 'Parquet' ? { input_format_parquet_preserve_order: 1 as const } : {};
  try {
    await client.insert(`sluice_raw.${aside}`, stream, { format, signal, settings });
  } catch (error) {
    if (failure !== undefined && !signal.aborted) throw failure;
    throw asDamaged(error, file);
  }
}

/** What ClickHouse says of bytes that do not unpack, and of values that are not what the file says they are. */
const DAMAGED = new Set(['warehouse.failed', 'warehouse.bad_data']);

/** ClickHouse's word that it cannot make sense of a Parquet file, as a fault of that file; anything else as it is. */
function asDamaged(error: unknown, { name, kind }: InputFile): unknown {
  if (kind.format !== 'parquet' || !(error instanceof CdpError) || !DAMAGED.has(error.code)) return error;
  return errors.format(`${name}: is Parquet that is damaged, or of a kind that ClickHouse cannot read`, { cause: error });
}

/** One write per row would spend its time in the stream's machinery. */
const CHUNK = 128 * 1024;

const asideSql = (aside: string) => `
create table sluice_raw.${quoted(aside)}
(
    line    UInt64                  comment 'Line of the file on which the row begins',
    fields  Array(Nullable(String)) comment 'Fields in the order of the columns',
    problem String                  comment 'Why the row cannot be read; empty when it can',
    text    String                  comment 'A row that cannot be read, as it stands'
)
engine = MergeTree
order by line
comment 'A load under way'`;
