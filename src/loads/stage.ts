/** Brings one file's rows into a table beside the one they are for, where they can be looked at before anybody sees them. */
import { createReadStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import * as z from 'zod';
import { CdpError } from '../errors.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineStatement } from '../warehouse/query.ts';
import { type Column, quoted } from './columns.ts';
import { createRawTableSql, type OwnTypes } from './compile-load.ts';
import { errors } from './errors.ts';
import { parquetColumns, Sample } from './infer.ts';
import type { InputFile } from './inputs.ts';
import { openText } from './records.ts';

export interface StageOptions {
  readonly aside: string;
  readonly loadId: string;
  readonly encoding: string;
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

/** What ClickHouse says of bytes that do not unpack, and of values that are not what the file says they are. */
const DAMAGED = new Set(['warehouse.failed', 'warehouse.bad_data']);

async function stageParquet(client: WarehouseClient, file: InputFile, options: StageOptions): Promise<Staged> {
  const { aside, loadId, onBytes, signal } = options;
  const columns = await parquetColumns(client, file.path, file.name);
  await client.run(sqlOf('loads.create_aside', createRawTableSql(aside, columns, `A load under way of ${file.name}`)), {});
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  const bytes = createReadStream(file.path, { highWaterMark: 256 * 1024 }).pipe(counted);
  try {
    await client.insert(`sluice_raw.${aside}`, bytes, {
      format: 'Parquet',
      columns: columns.map(({ name }) => name),
      signal,
    });
  } catch (cause) {
    if (cause instanceof CdpError && DAMAGED.has(cause.code)) throw errors.format(`${file.name}: is Parquet that is damaged`, { cause });
    throw cause;
  }
  return { file, loadId, aside, ownTypes: new Map(columns.map(({ name, type }) => [name, type])), columns };
}

async function stageText(client: WarehouseClient, file: InputFile, options: StageOptions): Promise<Staged> {
  const { aside, loadId, encoding, delimiter, onBytes, signal } = options;
  const text = await openText({ ...file, encoding, onBytes, ...(delimiter === undefined ? {} : { delimiter }) });
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

  await client.insert(`sluice_raw.${aside}`, Readable.from(lines(), { objectMode: false }), {
    format: 'JSONCompactEachRow',
    signal,
  });
  if (rows === 0) throw errors.nothing(`${file.name} has a first line and no rows`);
  return { file, loadId, aside, columns: await sample.types(client, text.columns) };
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
