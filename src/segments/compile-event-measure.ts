/** What is asked of all events of a condition together, as aggregates and as the condition on them. Pure. */
import { type AmountTest, type ComparedMeasure, counts, type Measure } from './checked.ts';
import { comparedHolds, comparedHoldsForNone } from './compile-compared.ts';
import { countHolds } from './compile-count.ts';
import { AMOUNT, bound } from './compile-number.ts';
import { outside } from './compile-operator.ts';
import type { Parameters } from './compile-parameters.ts';
import type { Asking } from './group-scan.ts';
import { known, type Predicate, tight } from './predicate.ts';

/** One aggregate of a measure. */
export interface Slot {
  readonly is: 'count' | 'sum' | 'values' | 'min' | 'max' | 'distinct' | 'list' | 'earliest' | 'latest';
  /** All events of the condition; those of the other window; those that the first or last event has to be among. */
  readonly rows: 'own' | 'other' | 'edge';
}

/** In the order in which `measureHolds` takes their columns. */
export function slotsOf(measure: Measure): readonly Slot[] {
  switch (measure.is) {
    case 'count':
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return aggregatesOf(measure.is, 'own');
    case 'distinct':
      return [{ is: 'distinct', rows: 'own' }];
    case 'repeats':
      return [{ is: 'list', rows: 'own' }];
    case 'first':
    case 'last': {
      const is = measure.is === 'first' ? 'earliest' : 'latest';
      return [
        { is, rows: 'edge' },
        { is, rows: 'own' },
      ];
    }
    case 'compared':
      return [...aggregatesOf(measure.measure.is, 'own'), ...aggregatesOf(measure.measure.is, 'other')];
  }
}

function aggregatesOf(is: ComparedMeasure['measure']['is'], rows: 'own' | 'other'): readonly Slot[] {
  return is === 'avg'
    ? [
        { is: 'sum', rows },
        { is: 'values', rows },
      ]
    : [{ is, rows }];
}

/** SQL of a value in one stream: as an amount and as a text, null for none. */
export interface SlotValues {
  amount(): string;
  text(): string;
}

/** What the aggregate reads of each event; undefined when it reads its time, or nothing. */
export function valueFor({ is }: Slot, values: SlotValues): string | undefined {
  switch (is) {
    case 'sum':
    case 'values':
    case 'min':
    case 'max':
      return values.amount();
    case 'distinct':
    case 'list':
      return values.text();
    default:
      return undefined;
  }
}

/** The aggregate of `value` over the rows of one stream for which `rows` holds; over all when undefined. `isPart`: of several streams. */
export function aggregate({ is }: Slot, value: string, rows: string | undefined, isPart: boolean): string {
  const call = (name: string, ...values: readonly string[]) =>
    rows === undefined ? `${name}(${values.join(', ')})` : `${name}If(${[...values, rows].join(', ')})`;
  switch (is) {
    case 'count':
      return call('count');
    case 'sum':
    case 'min':
    case 'max':
      return call(`${is}OrNull`, value);
    case 'values':
      return call('count', value);
    case 'distinct':
      return call(isPart ? 'groupUniqArray' : 'uniqExact', value);
    case 'list':
      return call('groupArray', value);
    case 'earliest':
    case 'latest':
      // Streams may have times of other types.
      return call(`${is === 'earliest' ? 'min' : 'max'}OrNull`, isPart ? `toDateTime64(${value}, 6, 'UTC')` : value);
  }
}

/** What a stream without such events has. */
export function nothing({ is }: Slot): string {
  if (is === 'count' || is === 'values') return '0';
  return is === 'distinct' || is === 'list' ? '[]' : 'null';
}

/** The aggregate over all streams; `column` holds that of each. */
export function merged({ is }: Slot, column: string): string {
  switch (is) {
    case 'count':
    case 'values':
    case 'sum':
      return `sum(${column})`;
    case 'distinct':
      return `uniqExactArray(${column})`;
    case 'list':
      return `groupArrayArray(${column})`;
    case 'min':
    case 'earliest':
      return `min(${column})`;
    case 'max':
    case 'latest':
      return `max(${column})`;
  }
}

/** `columns`: SQL of the measure's aggregates. Undefined when it holds for every group. */
export function measureHolds(measure: Measure, columns: readonly string[], asking: Asking, parameters: Parameters): Predicate | undefined {
  const [first = '', second = ''] = columns;
  if (measure.is === 'count') return countHolds(measure.count, first, asking);
  if (measure.is === 'distinct') return countHolds(measure.count, first, { ...asking, hasRows: false });
  const condition = valueHolds(measure, columns, first, second, parameters);
  return asking.isNegated ? outside(condition) : condition;
}

function valueHolds(
  measure: Exclude<Measure, { is: 'count' } | { is: 'distinct' }>,
  columns: readonly string[],
  first: string,
  second: string,
  parameters: Parameters,
): Predicate {
  switch (measure.is) {
    case 'repeats': {
      const times = countHolds(measure.count, 'times', { isNegated: false, hasRows: false }) ?? tight('true');
      // Of each value, how often it occurs.
      const occurrences = `arrayReduce('sumMap', [${first}], [arrayWithConstant(length(${first}), 1)]).2`;
      return tight(`arrayExists(times -> ${times.sql}, ${occurrences})`);
    }
    case 'first':
    case 'last':
      return known(tight(`${first} = ${second}`));
    case 'compared':
      return comparedHolds(measure, columns);
    case 'avg':
      return amountHolds(first, measure.test, parameters, ` * ${second}`);
    default:
      return amountHolds(first, measure.test, parameters, '');
  }
}

/** `factor`: SQL after the number, so that an average is compared as a sum and nothing is rounded. */
function amountHolds(sql: string, test: AmountTest, parameters: Parameters, factor: string): Predicate {
  const ends =
    test.is === 'between'
      ? [bound(AMOUNT, 'gte', test.low, parameters), bound(AMOUNT, 'lte', test.high, parameters)]
      : [bound(AMOUNT, test.is, test.number, parameters)];
  if (ends.includes(false)) return tight('false');
  const asked = ends.flatMap((end) => (typeof end === 'object' ? [`${sql} ${end.symbol} ${end.parameter}${factor}`] : []));
  return known(tight(asked.length === 0 ? `${sql} is not null` : asked.join(' and ')));
}

/** Whether it holds for an entity without any event. */
export function holdsForNone(measure: Measure): boolean {
  if (measure.is === 'count' || measure.is === 'distinct') return counts(measure.count, 0);
  // Nothing is as often as nothing; of no values there is no sum.
  return measure.is === 'compared' && comparedHoldsForNone(measure);
}
