/** Rows that decide a condition for one entity, as SQL: what the selects of every kind of condition have in common. Pure. */
import type { Entity, TypedColumn } from '../catalogue/catalogue.ts';
import { formatPath, type Path } from '../documents/problem.ts';
import type { EventTest, EventValue, RowColumn } from './checked.ts';
import type { DecidingValue } from './compile-values.ts';
import type { ScanTools } from './group-scan.ts';
import type { Predicate } from './predicate.ts';

/** For whom rows are looked for. */
export interface OneEntity {
  readonly entity: Entity;
  readonly tools: ScanTools;
  /** Whether SQL of a key is that of the entity. */
  readonly isOne: (key: string) => Predicate;
}

/**
 * Columns: `at`, Nullable(DateTime64(3, 'UTC')); `event`; `row_key`; `shown`, Array(Nullable(String)), one for each of `values`; `passed`,
 * Array(Bool), one for each of `tests`; `counts`, whether the condition counts the row; `grouped_by`, Array(String).
 */
export interface DecidingSelect {
  readonly sql: string;
  readonly values: readonly DecidingValue[];
  /** Places in the definition. */
  readonly tests: readonly string[];
}

export const COLUMNS = 'at, event, row_key, shown, passed, counts, grouped_by';

/** One column of `select`, in the type that all selects give it. */
export interface DecidingColumns {
  readonly at?: string;
  readonly event: string;
  readonly rowKey?: string;
  readonly shown: readonly string[];
  readonly passed: readonly string[];
  readonly counts: string;
  readonly groupedBy?: readonly string[];
}

export function columnsSql({ at, event, rowKey, shown, passed, counts, groupedBy = [] }: DecidingColumns): string {
  return [
    `${at === undefined ? 'null' : `toDateTime64(${at}, 3, 'UTC')`}::Nullable(DateTime64(3, 'UTC')) as at`,
    `toString(${event}) as event`,
    `ifNull(toString(${rowKey ?? "''"}), '') as row_key`,
    `[${shown.map((sql) => `toNullable(${sql})`).join(', ')}]::Array(Nullable(String)) as shown`,
    `[${passed.map((sql) => `toBool(${sql})`).join(', ')}]::Array(Bool) as passed`,
    `toBool(${counts}) as counts`,
    `[${groupedBy.join(', ')}]::Array(String) as grouped_by`,
  ].join(',\n    ');
}

/** Rows that count come first, then those that pass the most tests. */
export const nearestFirst = 'counts desc, arrayCount(is -> is, passed) desc';

/** Properties and columns by the name under which they are shown, each once. */
export function namedOnce<T extends DecidingValue>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [value.name, value])).values()];
}

/** What a filter of events reads; a filter by the clock reads the time alone. */
export function valueOfTest(test: EventTest): EventValue | undefined {
  if (test.is === 'json') return { is: 'json', property: test.property };
  return test.is === 'column' ? { is: 'column', property: test.property } : undefined;
}

/** A property in JSON declares nothing, so it is taken for personal, as in a timeline. */
export function namedValue(value: EventValue): DecidingValue & { readonly of: EventValue } {
  return value.is === 'json'
    ? { name: value.property.join('.'), isPersonal: true, of: value }
    : { name: value.property.name, isPersonal: value.property.isPii, of: value };
}

export function namedColumn(of: RowColumn) {
  const { hops, column } = of;
  return { name: [...hops.map(({ name }) => name), column.name].join('.'), isPersonal: column.isPii, of };
}

/** SQL of a column's value for people. */
export const shownColumn = (sql: string, { column }: Pick<TypedColumn, 'column'>) =>
  column.value.kind === 'list' ? `toJSONString(${sql})` : `toString(${sql})`;

export const placeOf = (path: Path, ...rest: Path) => formatPath([...path, ...rest]);

export const allOf = (conditions: readonly string[]) => (conditions.length === 0 ? 'true' : conditions.join(' and '));
