/**
 * One test on one column as a SQL condition that is never null. Pure.
 *
 * A missing value (null, an empty text, an empty list, not a number) matches `missing` and no comparison, not even `is_not`; an empty list
 * still matches `has_none`. So `not: { trait: city, is: Gent }` finds people without a city, and `{ trait: city, is_not: Gent }` does not.
 */
import type { Trait } from '../catalogue/catalogue.ts';
import type { ColumnKind } from '../catalogue/column-kind.ts';
import { dayForNow, momentForNow } from './as-now.ts';
import { type DateContext, daysOf, type Interval, momentsOf } from './calendar.ts';
import type { Count, Scalar, Test, TimeWindow, TraitComparison } from './checked.ts';
import { isAnniversary } from './compile-anniversary.ts';
import { compares, isHeld, isOneOf, listOf, SYMBOL } from './compile-number.ts';
import type { Parameters } from './compile-parameters.ts';
import { interval, timeEnds } from './compile-time.ts';
import { both, type Condition, either, known, type Predicate, tight } from './predicate.ts';

export interface Value {
  /** SQL of the value. */
  readonly sql: string;
  readonly kind: ColumnKind;
  readonly isNullable: boolean;
}

export class TestWriter {
  readonly #parameters: Parameters;
  readonly #clock: DateContext;

  constructor(parameters: Parameters, clock: DateContext) {
    this.#parameters = parameters;
    this.#clock = clock;
  }

  test(value: Value, test: Test): Predicate {
    if (test.is === 'exists') return exists(value);
    if (test.is === 'missing') return missing(value);
    const condition = this.#comparison(value, test);
    if (condition === false) return tight('false');
    if (condition === true) return exists(value);
    return value.isNullable ? known(condition) : condition;
  }

  /** `left` and `right` are of the same kind, and both have a value. */
  compare(left: Value, right: Value, comparison: TraitComparison['comparison']): Predicate {
    const [a, b] = [comparable(left, right), comparable(right, left)];
    const symbol = comparison === 'equal' ? '=' : comparison === 'different' ? '!=' : SYMBOL[comparison];
    // Neither an empty text nor NaN is a value: two of them are not equal, and one does not differ from another text or number.
    const existing = [left, right]
      .filter(({ kind }) => kind.kind === 'text' || isFloat(kind))
      .map((value) => exists({ ...value, isNullable: false }));
    const condition = both([tight(`${a} ${symbol} ${b}`), ...existing]);
    return left.isNullable || right.isNullable ? known(condition) : condition;
  }

  /** `column` lies in the window; undefined when the window has no ends. */
  within(column: string, window: TimeWindow): Predicate | undefined {
    return this.interval(column, momentsOf(window, this.#clock));
  }

  interval(column: string, moments: Interval<number>): Predicate | undefined {
    const condition = interval(column, moments, timeEnds(this.#parameters));
    if (typeof condition === 'boolean') return condition ? undefined : tight('false');
    return condition;
  }

  #comparison(value: Value, test: Exclude<Test, { is: 'exists' | 'missing' }>): Condition {
    const { sql, kind } = value;
    switch (test.is) {
      case 'in':
        return this.#isOneOf(value, test.values);
      case 'not_in':
        return except(value, this.#isOneOf(value, test.values));
      case 'contains':
      case 'starts_with':
      case 'ends_with':
        return searches(text(value), test.is, this.#text(test.text));
      case 'matches':
        return both([tight(`match(${text(value)}, ${this.#text(test.text)})`), exists({ ...value, isNullable: false })]);
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte':
        return compares(sql, numberOf(kind), test.is, test.number, this.#parameters);
      case 'between':
        return bothOf(
          compares(sql, numberOf(kind), 'gte', test.low, this.#parameters),
          compares(sql, numberOf(kind), 'lte', test.high, this.#parameters),
        );
      case 'when': {
        const condition = this.#when(value, test.window);
        if (typeof condition === 'boolean') return condition !== test.isOutside;
        return test.isOutside ? outside(condition) : condition;
      }
      case 'anniversary': {
        const inZone = kind.kind === 'time' ? `, ${this.#text(this.#clock.timezone)}` : '';
        return isAnniversary(`toYYYYMMDD(${sql}${inZone})`, test.when, this.#clock, this.#parameters);
      }
      case 'size':
        return hasSize(sql, test.count);
      case 'has_any':
        return this.#hasAny(value, test.values);
      case 'has_all':
        return this.#hasAll(value, test.values);
      case 'has_none': {
        const condition = this.#hasAny(value, test.values);
        // Also true for an empty list, which has none of the values.
        return typeof condition === 'boolean' ? tight(String(!condition)) : outside(condition);
      }
    }
  }

  #isOneOf(value: Value, values: readonly Scalar[]): Condition {
    const { sql, kind } = value;
    if (kind.kind === 'number') return isOneOf(sql, kind.number, values as readonly string[], this.#parameters);
    if (kind.kind === 'boolean') {
      if (values.includes(true) && values.includes(false)) return true;
      return tight(values.includes(true) ? sql : `not ${sql}`);
    }
    return isOneOfTexts(text(value), values as readonly string[], this.#parameters);
  }

  #hasAny({ sql, kind }: Value, values: readonly Scalar[]): Condition {
    const lists = this.#lists(kind, values);
    return lists.length > 0 && either(lists.map((list) => tight(`hasAny(${sql}, ${list})`)));
  }

  #hasAll({ sql, kind }: Value, values: readonly Scalar[]): Condition {
    if (kind.kind === 'list' && kind.of === 'number' && !values.every((value) => isHeld(kind.number, value as string))) return false;
    return both(this.#lists(kind, values).map((list) => tight(`hasAll(${sql}, ${list})`)));
  }

  /** In the type of the column's items: hasAny compares in a common type, and UInt64 has none with negative numbers. */
  #lists(kind: ColumnKind, values: readonly Scalar[]): readonly string[] {
    if (kind.kind === 'list' && kind.of === 'number') return listOf(kind.number, values as readonly string[], this.#parameters);
    return this.#parameters.addLists(kind.kind === 'list' && kind.of === 'boolean' ? 'Bool' : 'String', values);
  }

  #when(value: Value, window: TimeWindow): Condition {
    if (value.kind.kind === 'time')
      return interval(value.sql, momentsOf(momentForNow(window, this.#clock), this.#clock), timeEnds(this.#parameters));
    return interval(value.sql, daysOf(dayForNow(window, this.#clock), this.#clock), {
      earliest: '1900-01-01',
      latest: '2299-12-31',
      parameter: (date, living) => this.#parameters.add('Date32', date, living),
    });
  }

  #text(value: string): string {
    return this.#parameters.add('String', value);
  }
}

const SEARCH = { contains: 'position', starts_with: 'startsWith', ends_with: 'endsWith' } as const;

/** Ignores the case of letters. */
export function searches(sql: string, test: keyof typeof SEARCH, placeholder: string): Predicate {
  return tight(`${SEARCH[test]}(lowerUTF8(${sql}), lowerUTF8(${placeholder}))${test === 'contains' ? ' > 0' : ''}`);
}

export function isOneOfTexts(sql: string, texts: readonly string[], parameters: Parameters): Predicate {
  const [first = ''] = texts;
  if (texts.length === 1) return tight(`${sql} = ${parameters.add('String', first)}`);
  return either(parameters.addLists('String', texts).map((list) => tight(`${sql} in ${list}`)));
}

/** An empty list has no items: it is one of less than three. */
export function hasSize(sql: string, count: Count): Predicate {
  if (count.is === 'between') return { sql: `length(${sql}) between ${count.low} and ${count.high}`, binds: 'and' };
  return tight(`length(${sql}) ${count.is === 'eq' ? '=' : SYMBOL[count.is]} ${count.times}`);
}

function except(value: Value, condition: Condition): Condition {
  if (typeof condition === 'boolean') return !condition;
  const isKnown = value.kind.kind === 'text' || isFloat(value.kind) ? [exists({ ...value, isNullable: false })] : [];
  return both([outside(condition), ...isKnown]);
}

export function bothOf(a: Condition, b: Condition): Condition {
  if (a === false || b === false) return false;
  if (a === true) return b;
  return b === true ? a : both([a, b]);
}

/** The entities for which the predicate is false. The brackets help the reader, also where one comparison would need none. */
export const outside = ({ sql }: Predicate): Predicate => tight(`not (${sql})`);

export function exists({ sql, kind, isNullable }: Value): Predicate {
  if (kind.kind === 'list') return tight(`notEmpty(${sql})`);
  if (kind.kind === 'text' || isFloat(kind)) {
    const isThere = tight(kind.kind === 'text' ? `${text({ sql, kind, isNullable })} != ''` : `not isNaN(${sql})`);
    return isNullable ? known(isThere) : isThere;
  }
  return tight(isNullable ? `${sql} is not null` : 'true');
}

const missing = (value: Value) => outside(exists(value));

const isFloat = (kind: ColumnKind) => kind.kind === 'number' && kind.number.is === 'float';

/** As JSON writes it, an empty text where there is no value. Equal for values that are the same. */
export function comparedText(value: Value): string {
  const { sql, kind, isNullable } = value;
  const printed = isFloat(kind) ? `multiIf(isNaN(${sql}), '', ${sql} = 0, '0', toString(${sql}))` : `toString(${sql})`;
  return isNullable ? `ifNull(${printed}, '')` : printed;
}

function numberOf(kind: ColumnKind) {
  if (kind.kind !== 'number') throw new Error(`a comparison of numbers with a ${kind.kind}`);
  return kind.number;
}

function text({ sql, kind }: Value): string {
  return kind.kind === 'text' && kind.needsCast ? `toString(${sql})` : sql;
}

/**
 * ClickHouse compares integers with each other and with floats exactly, whatever their types. A decimal is compared with a float as the
 * float nearest to it. With a decimal of other digits, or an integer, it is compared in the widest decimal, because the narrower one can
 * overflow.
 */
function comparable(value: Value, other: Value): string {
  if (value.kind.kind !== 'number' || other.kind.kind !== 'number') return text(value);
  const [own, others] = [value.kind.number, other.kind.number];
  if (own.is === 'decimal' && others.is === 'float') return `toFloat64(${value.sql})`;
  if (own.is === 'float' || others.is === 'float' || (own.is !== 'decimal' && others.is !== 'decimal')) return value.sql;
  const scale = Math.max(own.is === 'decimal' ? own.scale : 0, others.is === 'decimal' ? others.scale : 0);
  return `toDecimal256(${value.sql}, ${scale})`;
}

/** A trait as a value; `column` with its table's alias where several tables are joined. */
export function traitValue(trait: Trait, column: string): Value {
  return { sql: column, kind: trait.column.value, isNullable: trait.column.isNullable };
}
