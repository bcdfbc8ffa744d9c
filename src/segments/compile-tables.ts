/**
 * Tables of traits as SQL with one row for each key. In a table without a `unique` test of dbt a key may occur twice; it is then read with
 * the greatest value of each column, so that no entity is doubled and every query sees the same. Pure.
 */
import type { Entity, Trait } from '../catalogue/catalogue.ts';
import { isSameTable, qualified, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { type CheckedSegment, traitsIn } from './checked.ts';
import { subquery } from './compile-parameters.ts';
import { leavesOf } from './compile-source.ts';

/** SQL after `from`, with the columns of `traits` in it. */
export function rowsOf(entity: Entity, table: TableName, traits: readonly Trait[]): string {
  return isUniqueTable(entity, table) ? qualified(table) : selected(entity, table, traits, false);
}

/**
 * SQL after `left join`. For an entity without a row all of its traits are missing, not 0 and not 1970; a list is empty, as a missing list
 * always is. Read the traits as `joinedTrait` gives them.
 */
export function joinedRowsOf(entity: Entity, table: TableName, traits: readonly Trait[]): string {
  const isLacked = traits.some((trait) => isSameTable(trait.table, table) && needsNull(trait)) && !hasAll(entity, table);
  return isLacked ? selected(entity, table, traits, true) : rowsOf(entity, table, traits);
}

/** A trait as `joinedRowsOf` gives it: it may be missing when the table may have no row for an entity. */
export function joinedTrait(entity: Entity, trait: Trait): Trait {
  return needsNull(trait) && !hasAll(entity, trait.table) ? { ...trait, column: { ...trait.column, isNullable: true } } : trait;
}

/** Whether dbt tests that each entity has a row in the table. */
export const hasAll = ({ tables }: Pick<Entity, 'tables'>, table: TableName) =>
  tables.some((one) => isSameTable(one.table, table) && one.hasAll);

/** Every trait that the segment reads, once. */
export function traitsAsked({ root }: Pick<CheckedSegment, 'root'>): Trait[] {
  const asked = leavesOf(root).flatMap((leaf) => (leaf.kind === 'trait' ? traitsIn(leaf) : []));
  return [...new Set(asked)];
}

const isUniqueTable = ({ tables }: Pick<Entity, 'tables'>, table: TableName) =>
  tables.some((one) => isSameTable(one.table, table) && one.isUnique);

function selected({ key, tables }: Entity, table: TableName, traits: readonly Trait[], isJoined: boolean): string {
  const isUnique = isUniqueTable({ tables }, table);
  const own = new Map(traits.filter((trait) => isSameTable(trait.table, table)).map((trait) => [trait.path?.[0] ?? trait.name, trait]));
  const columns = [...own].map(([name, trait]) => {
    const column = `t.${quoteIdentifier(name)}`;
    const one = isUnique ? column : trait.path ? `argMax(${column}, toJSONString(${column}))` : `max(${column})`;
    return `${isJoined && needsNull(trait) ? `toNullable(${one})` : one} as ${quoteIdentifier(name)}`;
  });
  const keyColumn = `t.${quoteIdentifier(key)}`;
  const select = `select\n    ${[`${keyColumn} as ${quoteIdentifier(key)}`, ...columns].join(',\n    ')}\nfrom ${qualified(table)} as t`;
  return subquery(isUnique ? select : `${select}\ngroup by ${keyColumn}`);
}

/** Types whose default looks like a real value; a join gives the default where there is no row. */
function needsNull({ column: { value, isNullable }, path }: Trait): boolean {
  if (path || isNullable || value.kind === 'list') return false;
  return value.kind !== 'text' || value.needsCast;
}
