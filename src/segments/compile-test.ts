/**
 * One test on one value as a SQL condition that is never null. Pure.
 *
 * A value that is missing (null, an empty text, an empty list, not a number) matches `missing` and no comparison, not even `is_not`; an empty
 * list still matches `has_none`. So `not: { trait: city, is: Gent }` finds those without a city and `{ trait: city, is_not: Gent }` does not.
 */
import type { Trait } from '../catalogue/catalogue.ts';
import type { NumberType, ValueKind } from '../catalogue/column-type.ts';
import { type Clock, daysOf, type Interval, momentsOf } from './calendar.ts';
import type { Comparison, Scalar, Test, TraitComparison, Window } from './checked.ts';
import type { Parameters } from './compile-parameters.ts';

export interface Value {
  /** SQL of the value. */
  readonly sql: string;
  readonly kind: ValueKind;
  readonly isNullable: boolean;
}

const SYMBOL: Readonly<Record<Comparison, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' };

export class TestWriter {
  readonly #parameters: Parameters;
  readonly #clock: Clock;

  constructor(parameters: Parameters, clock: Clock) {
    this.#parameters = parameters;
    this.#clock = clock;
  }

  test(value: Value, test: Test): string {
    if (test.is === 'exists') return exists(value);
    if (test.is === 'missing') return missing(value);
    const condition = this.#comparison(value, test);
    return value.isNullable ? `ifNull(${condition}, false)` : condition;
  }

  /** `left` and `right` are of the same kind, and both exist. */
  compare(left: Value, right: Value, comparison: TraitComparison['comparison']): string {
    const [a, b] = [comparable(left, right), comparable(right, left)];
    const symbol = comparison === 'equal' ? '=' : comparison === 'different' ? '!=' : SYMBOL[comparison];
    // Neither an empty text nor NaN is a value: two of them are not equal, and one does not differ from another text or number.
    const existing = [left, right]
      .filter(({ kind }) => kind.kind === 'text' || isFloat(kind))
      .map((value) => exists({ ...value, isNullable: false }));
    const condition = [`${a} ${symbol} ${b}`, ...existing].join(' and ');
    return left.isNullable || right.isNullable ? `ifNull(${condition}, false)` : condition;
  }

  /** `column` lies in the window; undefined when the window has no ends. */
  within(column: string, window: Window): string | undefined {
    return this.interval(column, momentsOf(window, this.#clock));
  }

  interval(column: string, moments: Interval<number>): string | undefined {
    return this.#ends(column, moments, (ms) => this.#parameters.add("DateTime64(3, 'UTC')", clickhouseTime(ms)));
  }

  #comparison(value: Value, test: Exclude<Test, { is: 'exists' | 'missing' }>): string {
    const { sql, kind } = value;
    switch (test.is) {
      case 'in':
        return this.#equals(value, test.values);
      case 'not_in':
        return [
          `not (${this.#equals(value, test.values)})`,
          ...(kind.kind === 'text' || isFloat(kind) ? [exists({ ...value, isNullable: false })] : []),
        ].join(' and ');
      case 'contains':
        return `position(lowerUTF8(${text(value)}), lowerUTF8(${this.#text(test.text)})) > 0`;
      case 'starts_with':
        return `startsWith(lowerUTF8(${text(value)}), lowerUTF8(${this.#text(test.text)}))`;
      case 'ends_with':
        return `endsWith(lowerUTF8(${text(value)}), lowerUTF8(${this.#text(test.text)}))`;
      case 'matches':
        return `match(${text(value)}, ${this.#text(test.text)}) and ${exists({ ...value, isNullable: false })}`;
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte':
        return `${sql} ${SYMBOL[test.is]} ${this.#number(kind, test.number)}`;
      case 'between':
        return `${sql} >= ${this.#number(kind, test.low)} and ${sql} <= ${this.#number(kind, test.high)}`;
      case 'when': {
        const condition = this.#when(value, test.window) ?? 'true';
        return test.isOutside ? `not (${condition})` : condition;
      }
      case 'has_any':
        return `hasAny(${list(value)}, ${this.#list(kind, test.values)})`;
      case 'has_all':
        return `hasAll(${list(value)}, ${this.#list(kind, test.values)})`;
      case 'has_none':
        return `not hasAny(${list(value)}, ${this.#list(kind, test.values)})`;
    }
  }

  #equals(value: Value, values: readonly Scalar[]): string {
    const { sql, kind } = value;
    const [first, ...others] = values;
    if (kind.kind === 'boolean') return first === true ? sql : `not ${sql}`;
    if (kind.kind === 'number') {
      const type = numberType(kind.number, values as readonly number[]);
      if (others.length === 0) return `${sql} = ${this.#number(kind, first as number)}`;
      return `${sql} in ${this.#parameters.add(`Array(${type})`, values as readonly number[])}`;
    }
    if (others.length === 0) return `${text(value)} = ${this.#text(first as string)}`;
    return `${text(value)} in ${this.#parameters.add('Array(String)', values as readonly string[])}`;
  }

  #when(value: Value, window: Window): string | undefined {
    if (value.kind.kind === 'time') return this.within(value.sql, window);
    return this.#ends(value.sql, daysOf(window, this.#clock), (date) => this.#parameters.add('Date32', date));
  }

  #ends<T>(column: string, { low, high }: Interval<T>, parameter: (value: T) => string): string | undefined {
    const ends = [
      ...(low ? [`${column} ${low.isIncluded ? '>=' : '>'} ${parameter(low.value)}`] : []),
      ...(high ? [`${column} ${high.isIncluded ? '<=' : '<'} ${parameter(high.value)}`] : []),
    ];
    return ends.length > 0 ? ends.join(' and ') : undefined;
  }

  #text(value: string): string {
    return this.#parameters.add('String', value);
  }

  #number(kind: ValueKind, value: number): string {
    return this.#parameters.add(kind.kind === 'number' ? numberType(kind.number, [value]) : 'Float64', numberText(value));
  }

  #list(kind: ValueKind, values: readonly Scalar[]): string {
    if (kind.kind === 'list' && kind.of === 'number') return this.#parameters.add('Array(Float64)', values as readonly number[]);
    return this.#parameters.add('Array(String)', values as readonly string[]);
  }
}

function exists({ sql, kind, isNullable }: Value): string {
  if (kind.kind === 'list') return `notEmpty(${sql})`;
  if (kind.kind === 'text')
    return isNullable ? `ifNull(${text({ sql, kind, isNullable })} != '', false)` : `${text({ sql, kind, isNullable })} != ''`;
  if (isFloat(kind)) return isNullable ? `ifNull(not isNaN(${sql}), false)` : `not isNaN(${sql})`;
  return isNullable ? `${sql} is not null` : 'true';
}

const missing = (value: Value) => `not (${exists(value)})`;

const isFloat = (kind: ValueKind) => kind.kind === 'number' && kind.number.is === 'float';

function text({ sql, kind }: Value): string {
  return kind.kind === 'text' && kind.needsCast ? `toString(${sql})` : sql;
}

/** hasAny needs one type on both sides, and UInt64 has none in common with negative numbers. */
function list({ sql, kind }: Value): string {
  return kind.kind === 'list' && kind.of === 'number' ? `arrayMap(x -> toFloat64(x), ${sql})` : sql;
}

/** ClickHouse compares integers exactly whatever their signs, but refuses Decimal against Float. */
function comparable(value: Value, other: Value): string {
  const isMixed = value.kind.kind === 'number' && value.kind.number.is === 'decimal' && isFloat(other.kind);
  return isMixed ? `toFloat64(${value.sql})` : text(value);
}

/**
 * The type in which numbers are compared. Decimals are compared as decimals, with as many digits as either side has: 0.1 as a Float64 is not
 * the 0.1 in a Decimal column. A Float32 column is compared in its own precision for the same reason.
 */
function numberType(column: NumberType, values: readonly number[]): string {
  if (column.is === 'float') return column.type;
  if (values.some((value) => !isPlain(value))) return 'Float64';
  const digits = Math.max(...values.map(decimalsOf));
  if (column.is === 'decimal') return `Decimal(38, ${Math.max(column.scale, digits)})`;
  return digits === 0 ? 'Int64' : 'Float64';
}

/** Written without an exponent, and small enough that a Decimal(38, …) holds it beside the column's digits. */
const isPlain = (value: number) => Math.abs(value) < 1e15 && !String(value).includes('e');
const decimalsOf = (value: number) => String(value).split('.')[1]?.length ?? 0;
const numberText = (value: number) => String(value);

const EARLIEST_MS = Date.UTC(1900, 0, 1);
const LATEST_MS = Date.UTC(2299, 11, 31);

/** As ClickHouse reads DateTime64(3, 'UTC'), which knows no moments outside of 1900 … 2299. */
export function clickhouseTime(ms: number): string {
  return new Date(Math.min(Math.max(ms, EARLIEST_MS), LATEST_MS)).toISOString().replace('T', ' ').replace('Z', '');
}

/** A trait as a value; `alias` where several tables are joined. */
export function traitValue(trait: Trait, column: string): Value {
  return { sql: column, kind: trait.column.value, isNullable: trait.column.isNullable };
}
