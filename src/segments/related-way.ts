/** Which rows a condition on related rows really needs to read. Pure. */
import type { Entity, Relation } from '../catalogue/catalogue.ts';
import { isSameTable } from '../sql/sql-text.ts';
import { counts, type RelatedCondition, type RowFilter } from './checked.ts';

/** Whether the first relation goes by the entity's key, so that its rows have that key. */
export const startsAtKey = ({ key }: Pick<Entity, 'key'>, { from }: Relation) => from.column === key;

/** Whether it matters only that there is a row, and not how many. */
export function asksIfAny({ measure }: RelatedCondition): boolean {
  if (measure.is !== 'count') return false;
  const { count } = measure;
  if (count.is === 'between' || counts(count, 0) === counts(count, 1)) return false;
  return count.is === 'eq' ? count.times === 0 : counts(count, 1) === counts(count, 1_000_000_000);
}

/**
 * The condition without its last relation, where that leads to an entity of which only `that` is asked: the keys of members are compared with
 * the foreign keys in the rows before.
 */
export function withoutLastStep(condition: RelatedCondition): RelatedCondition {
  const { way, filters, during, measure } = condition;
  const [first, ...others] = way;
  const last = others.at(-1);
  const before = way.at(-2);
  if (!last || !before || during || measure.is !== 'count' || filters.length === 0) return condition;
  const isKeyed = (filter: RowFilter) =>
    filter.is === 'that' && filter.hops.length === 0 && last.column === filter.entity.key && isSameTable(last.table, filter.entity.table);
  if (last.cardinality !== 'one' || !filters.every(isKeyed)) return condition;
  // Of one entity no two rows of a table between the two, such as memberships, name the same other one.
  const isOneEach = others.length === 1 && before.cardinality === 'many' && before.key === last.from.column;
  if (!isOneEach && !asksIfAny(condition)) return condition;
  return {
    ...condition,
    way: [first, ...others.slice(0, -1)],
    filters: filters.map((filter) => (filter.is === 'that' ? { ...filter, hops: [last] } : filter)),
  };
}

/** Equal for conditions that can be answered from the same rows. How often values occur is counted over rows of their own. */
export function wayName(condition: RelatedCondition): string {
  const way = withoutLastStep(condition).way.map(({ name, table }) => `${name} ${table.database}.${table.table}`);
  return [...way, ...(condition.measure.is === 'repeats' ? condition.path : [])].join(' ');
}

/** Whether `hop` leads back from the rows at the end of the way to the rows before them, each of which is there once. */
export function leadsBack(way: RelatedCondition['way'], hop: Relation | undefined): boolean {
  const last = way.at(-1);
  if (!hop || !last || way.length < 2 || last.cardinality !== 'many' || !hop.isUnique) return false;
  return isSameTable(hop.table, last.from.table) && hop.column === last.from.column && hop.from.column === last.column;
}
