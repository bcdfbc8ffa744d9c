/** Turns one operator into a test that fits the column's type, or says why it does not fit. Pure. */
import type { ColumnKind } from '../catalogue/column-kind.ts';
import { compareNumerals, readNumeral } from '../documents/numeral.ts';
import { countOf } from './check-count.ts';
import { assertWhen, readTimeWindow, windowOf } from './check-time.ts';
import type { AnniversaryTest, Comparison, OrderTest, Scalar, Test, TextTest } from './checked.ts';
import { daysIn } from './language/anniversary.ts';
import type { Count } from './language/count.ts';
import type { Operator } from './language/operators.ts';
import type { Within } from './language/window.ts';
import { isWholeDays, lengthsOf } from './length.ts';
import { OperatorProblem } from './operator-problem.ts';

const TEXT: readonly Operator[] = ['is', 'is_not', 'in', 'not_in', 'contains', 'starts_with', 'ends_with', 'matches', 'exists', 'missing'];
const ORDER: readonly Operator[] = ['is', 'is_not', 'gt', 'gte', 'lt', 'lte', 'between', 'exists', 'missing'];

/** Which operators make sense for which values. */
export const OPERATORS_OF: Readonly<Record<ColumnKind['kind'], readonly Operator[]>> = {
  text: TEXT,
  number: [...ORDER, 'in', 'not_in'],
  boolean: ['is', 'is_not', 'in', 'not_in', 'exists', 'missing'],
  date: [...ORDER, 'within', 'before', 'after', 'anniversary'],
  time: [...ORDER, 'within', 'before', 'after', 'anniversary'],
  list: ['has_any', 'has_all', 'has_none', 'size', 'exists', 'missing'],
};

/** Whether `top` and `bottom` make sense for such traits. */
export const isRanked = (kind: ColumnKind['kind']) => kind === 'number' || kind === 'date' || kind === 'time';

/** Of a trait: also what compares it with all others. */
export const operatorsOfTrait = (kind: ColumnKind['kind']): readonly Operator[] =>
  isRanked(kind) ? [...OPERATORS_OF[kind], 'top', 'bottom'] : OPERATORS_OF[kind];

/** @throws OperatorProblem */
export function readTest(value: ColumnKind, operator: Operator, operand: unknown): Test {
  if (!OPERATORS_OF[value.kind].includes(operator)) {
    throw new OperatorProblem(`${operator} does not fit a ${value.kind}; these do: ${OPERATORS_OF[value.kind].join(', ')}`);
  }
  if (operator === 'exists') return { is: 'exists' };
  if (operator === 'missing') return { is: 'missing' };
  switch (value.kind) {
    case 'text':
      return isTextSearch(operator) ? { is: operator, text: operand as string } : membership(operator, scalars(operand, 'text'));
    case 'number':
      return isOrdering(operator) ? orderTest(operator, numbers(operand)) : membership(operator, numbers(operand));
    case 'boolean':
      return membership(operator, scalars(operand, 'boolean'));
    case 'list':
      if (operator === 'size') return { is: 'size', count: countOf(operand as Count) };
      return {
        is: operator as 'has_any' | 'has_all' | 'has_none',
        values: value.of === 'number' ? numbers(operand) : scalars(operand, value.of),
      };
    case 'date':
    case 'time':
      return dateTest(value.kind, operator, operand);
  }
}

function membership(operator: Operator, values: readonly Scalar[]): Test {
  return { is: operator === 'is' || operator === 'in' ? 'in' : 'not_in', values };
}

export const isTextSearch = (operator: Operator): operator is TextTest['is'] =>
  operator === 'contains' || operator === 'starts_with' || operator === 'ends_with' || operator === 'matches';

export const isOrdering = (operator: Operator): operator is OrderTest['is'] =>
  operator === 'gt' || operator === 'gte' || operator === 'lt' || operator === 'lte' || operator === 'between';

/** @throws OperatorProblem */
export function orderTest(operator: OrderTest['is'], [first = '', second = '']: readonly string[]): OrderTest {
  if (operator !== 'between') return { is: operator as Comparison, number: first };
  const [low, high] = [readNumeral(first), readNumeral(second)];
  if (low && high && compareNumerals(low, high) > 0) throw new OperatorProblem(`write the lower value first: [${second}, ${first}]`);
  return { is: 'between', low: first, high: second };
}

export function readAnniversary(operand: unknown): AnniversaryTest {
  if (operand === 'today') return { is: 'anniversary', when: 'today' };
  const { next, last = '' } = operand as { readonly next?: string; readonly last?: string };
  const when = next === undefined ? ({ is: 'last', days: daysIn(last) } as const) : ({ is: 'next', days: daysIn(next) } as const);
  return { is: 'anniversary', when };
}

function dateTest(kind: 'date' | 'time', operator: Operator, operand: unknown): Test {
  if (operator === 'anniversary') return readAnniversary(operand);
  if (operator === 'within') {
    const within = operand as Within;
    const window = readTimeWindow(within);
    if (kind === 'date' && !lengthsOf(window).every(isWholeDays)) throw new OperatorProblem('a date has no hours: use whole days');
    for (const end of [within.from, within.to]) if (end !== undefined) assertWhen(kind, end);
    return { is: 'when', window, isOutside: false };
  }
  const dates = scalars(operand, 'text') as string[];
  if (dates.length > 1 && operator !== 'between') throw new OperatorProblem(`takes one date: join several with \`any\``);
  for (const date of dates) if (!isNow(operator, date)) assertWhen(kind, date);
  return { is: 'when', window: windowOf(operator, dates), isOutside: operator === 'is_not' };
}

const isNow = (operator: Operator, date: string) => date === 'now' && (operator === 'before' || operator === 'after');

function scalars(operand: unknown, kind: 'text' | 'boolean'): Scalar[] {
  const wanted = kind === 'text' ? 'string' : kind;
  const values = listed(operand);
  for (const value of values)
    if (typeof value !== wanted) throw new OperatorProblem(unexpected(kind === 'text' ? 'a text' : 'true or false', value));
  return values as Scalar[];
}

/** Numbers, and texts that are a whole number text: a number in quotes keeps all of its digits. @throws OperatorProblem */
function numbers(operand: unknown): string[] {
  return listed(operand).map((value) => {
    const text = numberText(value);
    if (text === undefined) throw new OperatorProblem(unexpected('a number', value));
    return text;
  });
}

/** Undefined for what is not a number. -0 becomes 0. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && readNumeral(value) ? value : undefined;
}

export const listed = (operand: unknown) => (Array.isArray(operand) ? (operand as unknown[]) : [operand]);

function unexpected(wanted: string, value: unknown): string {
  const given =
    typeof value === 'string'
      ? `the text ${JSON.stringify(value)}`
      : typeof value === 'boolean'
        ? String(value)
        : `the ${typeof value} ${JSON.stringify(value)}`;
  return `expected ${wanted}, not ${given}`;
}
