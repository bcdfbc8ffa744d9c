/**
 * Finds NULL lists, maps and groups of a Parquet file. ClickHouse has no such value and reads them as empty, so these columns are read a
 * second time, only for this.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, type Compressors, parquetReadObjects, parquetSchema, type SchemaTree } from 'hyparquet';
import { errors } from './errors.ts';
import type { ParquetFile } from './parquet.ts';

export interface NestedNull {
  /** Row number, counted from 1. */
  readonly number: number;
  readonly name: string;
  /** 0: the value itself is NULL. 1: a list, map or group within it is NULL. */
  readonly is_within: 0 | 1;
}

/** @throws CdpError `loads.format` when the columns are compressed in a way that only ClickHouse reads; the reason of `signal`. */
export async function* lostNulls(
  { columns, metadata }: ParquetFile,
  { path, name, signal }: { readonly path: string; readonly name: string; readonly signal: AbortSignal },
): AsyncGenerator<NestedNull> {
  const nested = new Set(columns.filter(({ kind }) => kind === 'nested').map((column) => column.name));
  const trees = parquetSchema(metadata).children.filter((tree) => nested.has(tree.element.name) && canBeNull(tree));
  if (trees.length === 0) return;
  const file = await asyncBufferFromFile(path);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    for (const tree of trees) {
      signal.throwIfAborted();
      const column = tree.element.name;
      const rows = await parquetReadObjects({
        file,
        metadata,
        columns: [column],
        rowStart,
        rowEnd,
        compressors,
        utf8: false,
        geoparquet: false,
      }).catch((cause: unknown) => {
        throw errors.format(
          `${name}: ${column} cannot be read (${cause instanceof Error ? cause.message : String(cause)}). Write lists and groups with snappy, gzip or zstd`,
          { cause },
        );
      });
      for (const [index, row] of rows.entries()) {
        const value: unknown = row[column];
        if (isMissing(value)) yield { number: rowStart + index + 1, name: column, is_within: 0 };
        else if (hasMissing(value, tree)) yield { number: rowStart + index + 1, name: column, is_within: 1 };
      }
    }
    rowStart = rowEnd;
  }
}

/** Compressions besides snappy, which the reader supports itself. */
const compressors: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
};

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined;

/** Whether the group, or a group within it, may be NULL. NULL leaf values do not count: ClickHouse keeps those. */
const canBeNull = (tree: SchemaTree): boolean =>
  tree.children.length > 0 && (tree.element.repetition_type === 'OPTIONAL' || tree.children.some(canBeNull));

/** Whether a group within the group `value` is NULL. */
function hasMissing(value: unknown, tree: SchemaTree): boolean {
  const isLost = (inner: unknown, of: SchemaTree) => of.children.length > 0 && (isMissing(inner) || hasMissing(inner, of));
  const [repeated] = tree.children;
  if (Array.isArray(value)) {
    const item = repeated && isList(tree) ? itemOf(repeated) : tree;
    return value.some((inner) => (item === tree || item === repeated ? hasFieldMissing(inner, item, isLost) : isLost(inner, item)));
  }
  if (isMap(tree) && repeated) {
    const values = repeated.children[1];
    return (
      values !== undefined && typeof value === 'object' && value !== null && Object.values(value).some((inner) => isLost(inner, values))
    );
  }
  return hasFieldMissing(value, tree, isLost);
}

function hasFieldMissing(value: unknown, tree: SchemaTree, isLost: (inner: unknown, of: SchemaTree) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return tree.children.some((child) => isLost(Reflect.get(value, child.element.name), child));
}

const isList = ({ element }: SchemaTree) => element.converted_type === 'LIST' || element.logical_type?.type === 'LIST';
const isMap = ({ element }: SchemaTree) =>
  element.converted_type === 'MAP' || element.converted_type === 'MAP_KEY_VALUE' || element.logical_type?.type === 'MAP';

/** In old files the list holds the item itself; in new ones a group around it (the list rules of the Parquet format). */
function itemOf(repeated: SchemaTree): SchemaTree {
  const [only] = repeated.children;
  return repeated.children.length === 1 && only && repeated.element.name !== 'array' && !repeated.element.name.endsWith('_tuple')
    ? only
    : repeated;
}
