/** What a Parquet file says about itself: its columns, and how ClickHouse must read those that it would change. */
import { type FileHandle, open } from 'node:fs/promises';
import { type FileMetaData, parquetMetadata, parquetSchema, type SchemaTree } from 'hyparquet';
import * as z from 'zod';
import { innerType, isNested } from '../sql/column-type.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { defineQuery } from '../warehouse/query.ts';
import { type Column, columnNames } from './columns.ts';
import type { OwnColumn } from './compile-copy.ts';
import { errors } from './errors.ts';

export interface ParquetFile {
  readonly columns: readonly OwnColumn[];
  readonly metadata: FileMetaData;
}

const MAGIC = 'PAR1';
/**
 * Footers take kilobytes, or megabytes for files with thousands of row groups. The limit keeps a damaged length from making us read more.
 */
const MAX_FOOTER_BYTES = 256 * 1024 * 1024;

/**
 * ClickHouse reads a Parquet schema from the end of the file, so it is given a file that holds only the footer.
 * @throws CdpError `loads.format`.
 */
export async function readParquet(client: WarehouseClient, path: string, name: string): Promise<ParquetFile> {
  const footer = await readFooter(path, name);
  const described = await describeParquet(client, footer);
  // Parquet columns are matched by name, so an unusable name cannot be changed as in a text file.
  const usable = columnNames(
    described.map((column) => column.name),
    name,
  );
  const unusable = described.find((column, index) => column.name !== usable[index]);
  if (unusable) throw errors.format(`${name}: a column cannot be named "${unusable.name}"`);
  const metadata = parquetMetadata(footer, { geoparquet: false });
  const trees = new Map(parquetSchema(metadata).children.map((tree) => [tree.element.name, tree]));
  return { columns: described.map((column) => ownColumn(column, trees.get(column.name), name)), metadata };
}

async function readFooter(path: string, name: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const tail = await readAt(file, Math.max(0, size - 8), 8);
    const length = tail.length === 8 ? tail.readUInt32LE(0) : 0;
    if (tail.subarray(4).toString('latin1') !== MAGIC || length + 12 > size)
      throw errors.format(`${name}: is Parquet that is cut off or damaged`);
    if (length > MAX_FOOTER_BYTES) throw errors.format(`${name}: its description of itself is larger than 256 MiB`);
    return Buffer.concat([Buffer.from(MAGIC), await readAt(file, size - 8 - length, length + 8)]);
  } finally {
    await file.close();
  }
}

function ownColumn({ name, type }: Column, tree: SchemaTree | undefined, file: string): OwnColumn {
  if (isNested(type) && tree && tree.children.length > 0) {
    if (leavesOf(tree).some(isTimeOfDay))
      throw errors.format(
        `${file}: ${name} holds times of day within a list or group, which ClickHouse reads as days of 1970. Write them as text`,
      );
    return { name, type, kind: 'nested' };
  }
  if (!tree || tree.children.length > 0) return { name, type, kind: 'plain' };
  if (isTimeOfDay(tree) && /^DateTime64/.test(innerType(type))) return { name, type, kind: 'time_of_day' };
  if (/^Date(32)?$/.test(innerType(type))) return { name, type: 'Nullable(Int32)', kind: 'day' };
  // Bytes of a fixed length, and JSON, become text, as all other bytes and texts do.
  if (/^(FixedString|JSON)\b/.test(innerType(type))) return { name, type: 'Nullable(String)', kind: 'plain' };
  // A column without a single value has no type: it takes whatever a later file brings.
  if (isOfNothing(tree)) return { name, type: 'Nullable(String)', kind: 'plain' };
  // A timestamp that Parquet calls adjusted to UTC is a moment; one without a zone gets a type without a zone.
  return { name, type: type.replace(/(DateTime64\(\d, )'UTC'/, "$1'Etc/UTC'"), kind: 'plain' };
}

function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf);
}

function isTimeOfDay({ element }: SchemaTree): boolean {
  return element.logical_type?.type === 'TIME' || element.converted_type === 'TIME_MILLIS' || element.converted_type === 'TIME_MICROS';
}

const isOfNothing = ({ element }: SchemaTree) => element.logical_type?.type === 'NULL';

/** The footer travels in the SQL itself, because a parameter holds 128 KiB and footers grow with their files. Base64 needs no quoting. */
async function describeParquet(client: WarehouseClient, file: Buffer): Promise<Column[]> {
  const literal = file.toString('base64');
  const query = defineQuery({
    name: 'loads.infer_from_parquet',
    sql: `describe table format(Parquet, base64Decode('${literal}'))`,
    params: z.object({}),
    row: z.object({ name: z.string(), type: z.string() }),
  });
  return client.ask(query, {}, { settings: { max_query_size: String(literal.length + 1_000) } });
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
