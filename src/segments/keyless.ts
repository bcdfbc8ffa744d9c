/**
 * Checks the keys of an entity's own table: rows without a key are never members, and keys of another type than the yml states could not be
 * read.
 */

import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import type { Problem } from '../documents/problem.ts';
import { innerType } from '../sql/column-type.ts';
import { qualified, quoteIdentifier, quoteText } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { SegmentDeps } from './deps.ts';

/** Asks nothing when the key's type guarantees a key in every row. */
export async function warnOfKeyless({ warehouse }: Pick<SegmentDeps, 'warehouse'>, entity: Entity): Promise<Problem[]> {
  const hasKey = keyTypeOf(entity).hasKey(quoteIdentifier(entity.key));
  if (hasKey === undefined) return [];
  const query = defineQuery({
    name: 'segments.keyless',
    sql: `select count() as keyless from ${qualified(entity.table)} where not (${hasKey})`,
    params: z.object({}),
    row: z.object({ keyless: z.coerce.number() }),
  });
  const [row] = await warehouse.reader.ask(query, {});
  const keyless = row?.keyless ?? 0;
  if (keyless === 0) return [];
  const { database, table } = entity.table;
  const rows = keyless === 1 ? '1 row' : `${keyless.toLocaleString('en')} rows`;
  const message = `${rows} of ${database}.${table} without ${entity.key} (NULL or an empty text): a row without a key is never a member`;
  return [{ path: ['entity'], message }];
}

/**
 * Members are published in the type that the yml states. When the table has another type, each key must also fit the stated type. Otherwise
 * the audience could be written, but not read.
 */
export async function problemsOfKeyType({ warehouse }: Pick<SegmentDeps, 'warehouse'>, entity: Entity): Promise<Problem[]> {
  const { database, table } = entity.table;
  const [column] = await warehouse.reader.ask(typeOfColumn, { database, table, column: entity.key });
  const [stated, actual] = [innerType(entity.keyType), innerType(column?.type ?? entity.keyType)];
  if (stated === actual || stated === 'String') return [];
  const key = quoteIdentifier(entity.key);
  const hasKey = keyTypeOf(entity).hasKey(key) ?? 'true';
  const query = defineQuery({
    name: 'segments.other_keys',
    sql: `select count() as other_keys from ${qualified(entity.table)} where ${hasKey} and isNull(accurateCastOrNull(toString(${key}), ${quoteText(stated)}))`,
    params: z.object({}),
    row: z.object({ other_keys: z.coerce.number() }),
  });
  const [row] = await warehouse.reader.ask(query, {});
  if ((row?.other_keys ?? 0) === 0) return [];
  const message = `its yml says that ${entity.key} of ${database}.${table} has the type ${stated}, but it has ${actual}, with keys that are not ${stated}. Write \`data_type: ${actual}\` there`;
  return [{ path: ['entity'], message }];
}

const typeOfColumn = defineQuery({
  name: 'segments.key_type',
  sql: 'select type from system.columns where database = {database:String} and table = {table:String} and name = {column:String}',
  params: z.object({ database: z.string(), table: z.string(), column: z.string() }),
  row: z.object({ type: z.string() }),
});
