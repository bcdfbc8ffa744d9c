/** Counts the rows of an entity's own table by which nobody can be told: they are never members, and somebody should know. */
import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import type { Problem } from '../documents/problem.ts';
import { qualified, quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { SegmentDeps } from './deps.ts';

/** Asks nothing where every row has a key by its type. */
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
  const message = `${rows} of ${database}.${table} without ${entity.key} (NULL or an empty text): without a key a row is nobody, and never a member`;
  return [{ path: ['entity'], message }];
}
