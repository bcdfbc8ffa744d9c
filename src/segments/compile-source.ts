/** Finds which tables and streams the conditions of a checked tree read; this decides the shape of the SQL. Pure. */
import type { Entity, Trait } from '../catalogue/catalogue.ts';
import { distinctTables, isSameTable, type TableName } from '../sql/sql-text.ts';
import {
  type CheckedNode,
  counts,
  type EventCondition,
  type EventWindow,
  type GroupedCondition,
  type Leaf,
  type RelatedCondition,
  type RowFilter,
  rowsAsked,
  type TraitCondition,
  traitsIn,
} from './checked.ts';
import { holdsForNone } from './compile-event-measure.ts';
import { measureHoldsWithoutRows } from './compile-row-measure.ts';
import { eventsOf } from './grouped-events.ts';
import { startsAtKey, wayName } from './related-way.ts';

/** A subtree whose conditions all share one source becomes one query. A comparison of traits of two tables has both as its source. */
export type ConditionSource =
  /** Sets of keys, each of its own; or several sources. */
  | { readonly kind: 'sets' | 'mixed' }
  /** Rows of this name, grouped by the entity's key. */
  | { readonly kind: 'groups'; readonly rows: string }
  | { readonly kind: 'tables'; readonly tables: readonly [TableName, ...TableName[]] };

export function sourceOf(node: CheckedNode): ConditionSource {
  switch (node.kind) {
    case 'event':
    case 'sequence':
    case 'related':
      return { kind: 'groups', rows: rowsNameOf(node) };
    case 'segment':
    case 'sql':
    case 'list':
    case 'audience':
      return { kind: 'sets' };
    case 'trait':
      return isSetOfKeys(node) ? { kind: 'sets' } : { kind: 'tables', tables: tablesOf(node) };
    case 'not':
      return sourceOf(node.child);
    case 'all':
    case 'any': {
      const [first, ...others] = node.children.map(sourceOf);
      return first !== undefined && others.every((other) => nameOf(other) === nameOf(first)) ? first : { kind: 'mixed' };
    }
  }
}

/** The best of each group are found first; who is one of them is asked by key. */
export const isSetOfKeys = ({ test }: TraitCondition) => test.is === 'rank' && test.per !== undefined;

/** Equal for equal sources. */
export function nameOf(source: ConditionSource): string {
  if (source.kind === 'tables') return source.tables.map(({ database, table }) => `${database}.${table}`).join(' ');
  return source.kind === 'groups' ? `groups ${source.rows}` : source.kind;
}

/** Whether the name of its rows tells its place in the definition: such names are unique within one segment only. */
export const isNamedByPlace = (condition: GroupedCondition) =>
  condition.kind === 'sequence' || (condition.kind === 'related' && condition.measure.is === 'repeats');

/** Equal for conditions that read the same rows and can share one scan of them. */
export function rowsNameOf(condition: GroupedCondition): string {
  switch (condition.kind) {
    case 'event':
      // With tables of traits beside them these are other rows: who has none is not among them.
      return ['events', ...namesBeside(condition.during), ...namesOfJson(condition)].join(' ');
    // The runs of one sequence are rows of its own.
    case 'sequence':
      return `sequence ${condition.path.join('.')}`;
    case 'related':
      return ['related', wayName(condition), ...namesBeside(condition.during?.window)].join(' ');
  }
}

/**
 * A property is read for every row of a scan, also for those of other names. So conditions that read one share a scan only with others on the
 * same names: over 20 M events ten conditions, of which one reads a property of 5 M events, took 2.5 s of the processor's time instead of 3.8 s.
 */
function namesOfJson({ events, parts }: EventCondition): string[] {
  const readsJson = parts.some(({ filters, value, edge }) =>
    [...filters, ...(value ? [value] : []), ...(edge?.filters ?? [])].some(({ is }) => is === 'json'),
  );
  return readsJson ? ['properties of', JSON.stringify([...events].sort())] : [];
}

/** Traits that say where a window begins or ends. */
export const traitsOfWindow = (window: EventWindow): Trait[] =>
  window.is === 'traits' ? [...(window.since ? [window.since] : []), ...(window.until ? [window.until] : [])] : [];

/** Tables of the traits that a window needs. */
export const tablesBeside = (window: EventWindow): TableName[] => distinctTables(traitsOfWindow(window).map(({ table }) => table));

const namesBeside = (window: EventWindow = { is: 'always' }) => tablesBeside(window).map(({ database, table }) => `${database}.${table}`);

export type Tables = Extract<ConditionSource, { kind: 'tables' }>;

/**
 * The table that most trait conditions read; the rest of the segment is read as sets beside it. Another table than the entity's own
 * qualifies only when it holds every possible member exactly once: no key twice, no key that belongs to no entity, and no possible
 * member without a row.
 */
export function homeOf(root: CheckedNode, entity: Entity): Tables {
  const homes = new Map<string, { source: Tables; asked: number }>();
  for (const node of leavesOf(root)) {
    const source = sourceOf(node);
    if (source.kind !== 'tables' || source.tables.length > 1 || !canBeHome(root, source.tables[0], entity)) continue;
    const name = nameOf(source);
    homes.set(name, { source, asked: (homes.get(name)?.asked ?? 0) + 1 });
  }
  const [most] = [...homes.values()].sort((a, b) => b.asked - a.asked);
  return most?.source ?? { kind: 'tables', tables: [entity.table] };
}

function canBeHome(root: CheckedNode, table: TableName, entity: Entity): boolean {
  if (isSameTable(table, entity.table)) return true;
  const facts = entity.tables.find((one) => isSameTable(one.table, table));
  return facts?.isUnique === true && facts.isWithin && (facts.hasAll || holdsWithoutRow(root, [table]) === false);
}

/** Whether a tree is true for an entity without a row in the tables; undefined when that depends on its other conditions. */
export function holdsWithoutRow(node: CheckedNode, tables: readonly TableName[]): boolean | undefined {
  switch (node.kind) {
    case 'all':
    case 'any': {
      const isDecisive = node.kind === 'any';
      const parts = node.children.map((child) => holdsWithoutRow(child, tables));
      if (parts.includes(isDecisive)) return isDecisive;
      return parts.includes(undefined) ? undefined : !isDecisive;
    }
    case 'not': {
      const inner = holdsWithoutRow(node.child, tables);
      return inner === undefined ? undefined : !inner;
    }
    case 'trait':
      return tablesOf(node).some((table) => tables.some((other) => isSameTable(table, other))) ? holdsWhenMissing(node) : undefined;
    case 'event':
    case 'sequence':
    case 'related':
    case 'segment':
    case 'sql':
    case 'list':
    case 'audience':
      return undefined;
  }
}

/** Without a row there is no value: a list is empty, and a JSON value is not a list. */
const holdsWhenMissing = ({ test }: TraitCondition) =>
  test.is === 'missing' ||
  test.is === 'has_none' ||
  (test.is === 'size' && counts(test.count, 0)) ||
  (test.is === 'json' && test.test.is === 'missing');

export function leavesOf(node: CheckedNode): Leaf[] {
  switch (node.kind) {
    case 'all':
    case 'any':
      return node.children.flatMap(leavesOf);
    case 'not':
      return leavesOf(node.child);
    case 'trait':
    case 'event':
    case 'sequence':
    case 'related':
    case 'segment':
    case 'sql':
    case 'list':
    case 'audience':
      return [node];
  }
}

/** With the leaves of conditions on other entities, within conditions on related rows. */
export function allLeavesOf(node: CheckedNode): Leaf[] {
  return leavesOf(node).flatMap((leaf) => {
    if (leaf.kind !== 'related') return [leaf];
    return [leaf, ...filtersOf(leaf).flatMap((filter) => (filter.is === 'that' ? allLeavesOf(filter.node) : []))];
  });
}

/** Of the rows, and of `every`. */
export const filtersOf = ({ filters, measure }: RelatedCondition): readonly RowFilter[] => [...filters, ...rowsAsked(measure)];

export function groupedOf(node: CheckedNode): GroupedCondition[] {
  return leavesOf(node).filter((leaf) => leaf.kind === 'event' || leaf.kind === 'sequence' || leaf.kind === 'related');
}

/** Whether every key among the condition's rows is in the entity's own table. */
export function isWithinEntity(condition: GroupedCondition, entity: Entity): boolean {
  if (condition.kind !== 'related') return eventsOf(condition).every(({ parts }) => parts.every(({ stream }) => stream.isWithin));
  const [first] = condition.way;
  return startsAtKey(entity, first) && first.cardinality === 'many' && first.isWithin;
}

/** Whether a tree of grouped conditions only is true for an entity without any row. */
export function holdsWithoutRows(node: CheckedNode): boolean {
  switch (node.kind) {
    case 'all':
      return node.children.every(holdsWithoutRows);
    case 'any':
      return node.children.some(holdsWithoutRows);
    case 'not':
      return !holdsWithoutRows(node.child);
    case 'event':
      return holdsForNone(node.measure);
    case 'sequence':
      return counts(node.times, 0);
    case 'related':
      return !('filters' in node.measure) && measureHoldsWithoutRows(node.measure);
    case 'trait':
    case 'segment':
    case 'sql':
    case 'list':
    case 'audience':
      throw new Error(`${node.kind} condition in a tree of groups`);
  }
}

function tablesOf(condition: TraitCondition): [TableName, ...TableName[]] {
  const own = condition.trait.table;
  return [own, ...distinctTables(traitsIn(condition).map(({ table }) => table)).filter((table) => !isSameTable(table, own))];
}
