/**
 * What is measured over rows, as aggregates of one group and as a condition on them. A value that is missing (null, an empty text, not a
 * number) is not measured; a sum, mean, least or greatest of no values is no value, which no comparison finds. Pure.
 */
import type { ColumnKind, NumberType } from '../catalogue/column-kind.ts';
import { compareNumerals, decimalText, floorTo, type Numeral, readNumeral } from '../documents/numeral.ts';
import { type ComparedMeasure, type Comparison, type Count, counts, type RowMeasure, type Test } from './checked.ts';
import { comparedHolds, comparedHoldsForNone } from './compile-compared.ts';
import { countHolds } from './compile-count.ts';
import { SYMBOL } from './compile-number.ts';
import { bothOf, type Value } from './compile-operator.ts';
import type { Asking, ScanTools } from './group-scan.ts';
import { type Condition, either, known, not, operand, type Predicate, tight } from './predicate.ts';

type Tools = Pick<ScanTools, 'tests' | 'parameters'>;
type Summary = 'sum' | 'avg' | 'min' | 'max';

/** What a summary of such values is; undefined where there is none, as of texts. */
export function summaryOf(is: Summary, kind: ColumnKind): ColumnKind | undefined {
  const isOrdered = kind.kind === 'date' || kind.kind === 'time';
  if (is === 'min' || is === 'max') return kind.kind === 'number' || isOrdered ? kind : undefined;
  if (kind.kind !== 'number') return undefined;
  if (is === 'sum') return { kind: 'number', number: sumType(kind.number) };
  return { kind: 'number', number: isExact(kind.number) ? sumType(kind.number) : { is: 'float', type: 'Float64' } };
}

/** Digits behind the point that the operand of an exact mean may have. */
export const MEAN_DIGITS = 20;

/** Whether a group without any row passes. */
export function measureHoldsWithoutRows(measure: RowMeasure<unknown>): boolean {
  if (measure.is === 'compared') return comparedHoldsForNone(measure);
  return (measure.is === 'count' || measure.is === 'distinct') && counts(measure.count, 0);
}

/**
 * The aggregates of one group that the measure needs.
 * @param read the column's value in a row.
 * @param conditions which rows count, as operands of `and`; every row of the group when empty.
 */
export function aggregatesOf<C>(
  measure: Exclude<RowMeasure<C>, { is: 'compared' }> | ComparedMeasure<C>['measure'],
  read: (of: C) => Value,
  conditions: readonly string[],
  { tests }: Tools,
): readonly string[] {
  if (measure.is === 'count') return [conditions.length === 0 ? 'count()' : `countIf(${conditions.join(' and ')})`];
  const value = read(measure.of);
  const exists = tests.test(value, { is: 'exists' });
  const present = exists.sql === 'true' ? [] : [operand(exists)];
  const over = (rows: readonly string[], name: string, ...operands: readonly string[]) =>
    rows.length === 0 ? `${name}(${operands.join(', ')})` : `${name}If(${[...operands, rows.join(' and ')].join(', ')})`;
  const withValue = [...conditions, ...present];
  // Aggregates leave nulls out by themselves.
  const aggregate = (name: string, sql: string) => over(hasOnlyNulls(value) ? conditions : withValue, name, sql);
  switch (measure.is) {
    case 'sum':
      return [aggregate('sumOrNull', summand(value))];
    case 'avg':
      return hasExactMean(value.kind)
        ? [aggregate('sumOrNull', summand(value)), over(withValue, 'count')]
        : [aggregate('avgOrNull', `toFloat64(${value.sql})`)];
    case 'min':
    case 'max':
      return [aggregate(`${measure.is}OrNull`, value.sql)];
    case 'distinct':
      return [aggregate('uniqExact', same(value))];
    case 'repeats':
      throw new Error('how often a value occurs is counted before the rows are grouped (repeatedValue)');
  }
}

/** Numbers of which exact products with a factor and a count fit into 76 digits, and floats. */
export const canBeCompared = (number: NumberType) => number.is === 'float' || isExact(number);

/** A sum, mean, least or greatest as a number that can be multiplied without overflow. */
function asFactor(sql: string, kind: ColumnKind): string {
  if (kind.kind !== 'number' || kind.number.is === 'float') return `toFloat64(${sql})`;
  return `toDecimal256(${sql}, ${kind.number.is === 'decimal' ? kind.number.scale : 0})`;
}

/** By what rows are grouped to count how often each value occurs, and which rows have one. */
export function repeatedValue(value: Value, { tests }: Tools): { readonly key: string; readonly where: readonly string[] } {
  const exists = tests.test(value, { is: 'exists' });
  return { key: same(value), where: exists.sql === 'true' ? [] : [operand(exists)] };
}

/** The aggregate of such groups, of which `occurrences` is the size: how many values occur as often as asked. */
export function repetitionsOf(count: Count, occurrences: string): string {
  const holds = countHolds(count, occurrences, { isNegated: false, hasRows: false });
  return holds === undefined ? 'count()' : `countIf(${holds.sql})`;
}

/** `columns`: SQL of the aggregates. Undefined when it holds for every group. */
export function measureHolds<C>(
  measure: RowMeasure<C>,
  kindOf: (of: C) => ColumnKind,
  columns: readonly string[],
  asking: Asking,
  tools: Tools,
): Predicate | undefined {
  const [first = '0', second = '0'] = columns;
  switch (measure.is) {
    case 'count':
      return countHolds(measure.count, first, asking);
    case 'distinct':
      return countHolds(measure.count, first, { ...asking, hasRows: false });
    case 'repeats':
      return tight(`${first} ${asking.isNegated ? '=' : '>'} 0`);
    case 'compared': {
      const of = 'of' in measure.measure ? kindOf(measure.measure.of) : undefined;
      // Of an exact mean every second column is a number of values.
      const isCount = (place: number) => of === undefined || (columns.length === 4 && place % 2 === 1);
      const factors = columns.map((sql, place) => (isCount(place) ? sql : asFactor(sql, of as ColumnKind)));
      return signed(comparedHolds(measure, factors), asking);
    }
    default: {
      const kind = kindOf(measure.of);
      if (measure.is === 'avg' && kind.kind === 'number' && isExact(kind.number))
        return signed(meanHolds(measure.test, first, second, kind.number, tools), asking);
      const result = summaryOf(measure.is, kind);
      if (result === undefined) throw new Error(`a ${measure.is} of a ${kind.kind} passed the check`);
      return signed(tools.tests.test({ sql: first, kind: result, isNullable: true }, measure.test), asking);
    }
  }
}

const signed = (predicate: Predicate, { isNegated }: Asking) => (isNegated ? not(predicate) : predicate);

/** Sums that fit whatever the number of rows: ClickHouse's own sum of a UInt64 begins again at 0 when it is too large. */
function sumType(number: NumberType): NumberType {
  if (number.is === 'float') return { is: 'float', type: 'Float64' };
  if (number.is === 'decimal') return { ...number, precision: number.precision > 18 ? 76 : 38 };
  const bits = bitsOf(number.type);
  if (bits <= 32) return { is: 'integer', type: number.type.startsWith('U') ? 'UInt64' : 'Int64' };
  return { is: 'integer', type: bits === 64 ? 'Int128' : number.type === 'UInt256' ? 'UInt256' : 'Int256' };
}

function summand({ sql, kind }: Value): string {
  if (kind.kind !== 'number' || kind.number.is === 'float') return sql;
  const { number } = kind;
  if (number.is === 'decimal') return number.precision > 18 && number.precision <= 38 ? `toDecimal256(${sql}, ${number.scale})` : sql;
  return bitsOf(number.type) <= 32 ? sql : `to${(sumType(number) as { type: string }).type}(${sql})`;
}

const bitsOf = (type: string) => Number(/\d+$/.exec(type)?.[0] ?? 64);

/** Numbers whose mean is compared without rounding: the sum with so many times the operand. Wider ones would not fit into 76 digits. */
const isExact = (number: NumberType) =>
  number.is === 'decimal' ? number.precision <= 38 : number.is === 'integer' && bitsOf(number.type) <= 64;

export const hasExactMean = (kind: ColumnKind) => kind.kind === 'number' && isExact(kind.number);

/** More rows of one entity than 10^14 are not expected. */
const COUNT_DIGITS = 14;

/** The mean of 0.1, 0.1 and 0.1 is 0.1, which it is not where floats are divided: the sum is compared with so many times the operand. */
function meanHolds(test: Test, sum: string, count: string, number: NumberType, { parameters }: Tools): Predicate {
  const digits = wholeDigits(number);
  const compares = (comparison: Comparison | 'eq', text: string): Condition => {
    const exact = readNumeral(text);
    if (!exact) throw new Error('a number that is none passed the check');
    const side = besides(exact, digits);
    if (side !== 0) return comparison !== 'eq' && side < 0 === (comparison === 'gt' || comparison === 'gte');
    const scale = Math.max(number.is === 'decimal' ? number.scale : 0, Math.min(exact.scale, MEAN_DIGITS));
    // Twice the time for the wider one.
    const [type, precision] = digits + scale + COUNT_DIGITS <= 38 ? ['toDecimal128', 38] : ['toDecimal256', 76];
    const asked = parameters.add(`Decimal(${precision}, ${scale})`, decimalText(floorTo(exact, scale).steps, scale));
    const symbol = comparison === 'eq' ? '=' : SYMBOL[comparison];
    return tight(`${type}(${sum}, ${scale}) ${symbol} ${type}(${count}, 0) * ${asked}`);
  };
  const exists = tight(`${sum} is not null`);
  const read = (condition: Condition) => (condition === true ? exists : condition === false ? tight('false') : known(condition));
  switch (test.is) {
    case 'in':
      return either(test.values.map((value) => read(compares('eq', String(value)))));
    case 'between':
      return read(bothOf(compares('gte', test.low), compares('lte', test.high)));
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return read(compares(test.is, test.number));
    default:
      throw new Error(`${test.is} of a mean passed the check`);
  }
}

/** Digits before the point of every value of the type. */
const wholeDigits = (number: NumberType) =>
  number.is === 'decimal' ? number.precision - number.scale : number.is === 'float' ? 0 : Math.ceil(bitsOf(number.type) * Math.log10(2));

/** 1 above and -1 below every number of so many digits, else 0. */
function besides(exact: Numeral, digits: number): number {
  const end = (sign: string) => readNumeral(`${sign}1${'0'.repeat(digits)}`) as Numeral;
  return compareNumerals(exact, end('')) > 0 ? 1 : compareNumerals(exact, end('-')) < 0 ? -1 : 0;
}

/** Whether null is the only form of no value. */
const hasOnlyNulls = ({ kind }: Value) => kind.kind !== 'text' && !(kind.kind === 'number' && kind.number.is === 'float');

/** Zero and zero below zero have other bits. */
const same = ({ sql, kind }: Value) => (kind.kind === 'number' && kind.number.is === 'float' ? `${sql} + 0` : sql);
