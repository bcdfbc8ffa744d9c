/** A condition that is written in SQL, as membership in a set: its names meet nothing else of the segment. Pure. */
import type { Entity } from '../catalogue/catalogue.ts';
import { qualified, quoteIdentifier } from '../sql/sql-text.ts';
import type { SqlCondition } from './checked.ts';
import { type Predicate, tight } from './predicate.ts';

/** `key`: SQL of the key of a row. */
export const sqlHolds = (entity: Entity, key: string, condition: SqlCondition): Predicate =>
  // The lines of the text are left as they are: a text in quotes may have several.
  tight(`${key} in (\n${sqlSet(entity, condition)}\n)`);

/** One column of keys. */
export function sqlSet({ key, table }: Entity, { sql, isSelect }: SqlCondition): string {
  return isSelect ? sql : `select own.${quoteIdentifier(key)}\nfrom ${qualified(table)} as own\nwhere (\n${sql}\n)`;
}
