/** Turns one operator of the language into a test that fits the value it asks about, or says why it does not. Pure. */
import type { ValueKind } from '../catalogue/column-type.ts';
import type { Comparison, Scalar, Test, Window } from './checked.ts';
import { DURATION, isDate, isMoment, type Operator } from './definition.ts';

/** What is wrong with the operator or its operand; the caller knows where it stands. */
export class Misfit extends Error {}

const TEXT: readonly Operator[] = ['is', 'is_not', 'in', 'not_in', 'contains', 'starts_with', 'ends_with', 'matches', 'exists', 'missing'];
const ORDER: readonly Operator[] = ['is', 'is_not', 'gt', 'gte', 'lt', 'lte', 'between', 'exists', 'missing'];

/** Which operators make sense for which values. */
export const OPERATORS_OF: Readonly<Record<ValueKind['kind'], readonly Operator[]>> = {
  text: TEXT,
  number: [...ORDER, 'in', 'not_in'],
  boolean: ['is', 'is_not', 'exists', 'missing'],
  date: [...ORDER, 'within', 'before', 'after'],
  time: [...ORDER, 'within', 'before', 'after'],
  list: ['has_any', 'has_all', 'has_none', 'exists', 'missing'],
};

/** @throws Misfit */
export function readTest(value: ValueKind, operator: Operator, operand: unknown): Test {
  if (!OPERATORS_OF[value.kind].includes(operator)) {
    throw new Misfit(`${operator} does not fit a ${value.kind}; what does: ${OPERATORS_OF[value.kind].join(', ')}`);
  }
  if (operator === 'exists') return { is: 'exists' };
  if (operator === 'missing') return { is: 'missing' };
  switch (value.kind) {
    case 'text':
      return textTest(operator, operand);
    case 'number':
      return numberTest(operator, operand);
    case 'boolean':
      return { is: operator === 'is' ? 'in' : 'not_in', values: scalars(operand, 'boolean') };
    case 'list':
      return { is: operator as 'has_any' | 'has_all' | 'has_none', values: scalars(operand, value.of) };
    case 'date':
    case 'time':
      return dateTest(value.kind, operator, operand);
  }
}

/** A property has no declared type: the operator and its operand say what it is read as. @throws Misfit */
export function kindOfProperty(operator: Operator, operand: unknown): ValueKind {
  if (operator === 'within' || operator === 'before' || operator === 'after') return { kind: 'time' };
  const [first] = Array.isArray(operand) ? (operand as unknown[]) : [operand];
  if (typeof first === 'number') return { kind: 'number', number: { is: 'float', type: 'Float64' } };
  const isOrdering = ['gt', 'gte', 'lt', 'lte', 'between'].includes(operator);
  if (isOrdering && !(typeof first === 'string' && (isDate(first) || isMoment(first)))) throw new Misfit('expected a number or a date');
  if (isOrdering) return { kind: 'time' };
  // True and false are compared as the text that JSON has for them.
  return { kind: 'text', needsCast: false };
}

/** The same for a trait that nobody declared, which may also be a list. @throws Misfit */
export function kindOfOpenTrait(operator: Operator, operand: unknown): ValueKind {
  if (!OPERATORS_OF.list.includes(operator) || operator === 'exists' || operator === 'missing') return kindOfProperty(operator, operand);
  const [first] = Array.isArray(operand) ? (operand as unknown[]) : [operand];
  return typeof first === 'number' ? { kind: 'list', of: 'number' } : { kind: 'list', of: 'text' };
}

function textTest(operator: Operator, operand: unknown): Test {
  if (operator === 'is' || operator === 'in') return { is: 'in', values: scalars(operand, 'text') };
  if (operator === 'is_not' || operator === 'not_in') return { is: 'not_in', values: scalars(operand, 'text') };
  const text = operand as string;
  if (operator === 'matches') assertPattern(text);
  return { is: operator as 'contains' | 'starts_with' | 'ends_with' | 'matches', text };
}

function numberTest(operator: Operator, operand: unknown): Test {
  if (operator === 'is' || operator === 'in') return { is: 'in', values: scalars(operand, 'number') };
  if (operator === 'is_not' || operator === 'not_in') return { is: 'not_in', values: scalars(operand, 'number') };
  if (operator === 'between') {
    const [low, high] = scalars(operand, 'number') as [number, number];
    if (low > high) throw new Misfit(`the lowest value comes first: [${high}, ${low}]`);
    return { is: 'between', low, high };
  }
  const [number] = scalars(operand, 'number') as [number];
  return { is: operator as Comparison, number };
}

function dateTest(kind: 'date' | 'time', operator: Operator, operand: unknown): Test {
  if (operator === 'within') {
    const { last, next } = operand as { last?: string; next?: string };
    const seconds = readDuration((last ?? next) as string);
    if (kind === 'date' && seconds % DAY_SECONDS !== 0) throw new Misfit('a date has no hours: use whole days');
    return { is: 'when', window: { is: last === undefined ? 'next' : 'last', seconds }, isOutside: false };
  }
  const dates = scalars(operand, 'text') as string[];
  if (dates.length > 1 && operator !== 'between') throw new Misfit(`takes one date: join several with \`any\``);
  for (const date of dates) assertWhen(kind, date);
  return { is: 'when', window: windowOf(operator, dates), isOutside: operator === 'is_not' };
}

function windowOf(operator: Operator, [first = '', second = '']: readonly string[]): Window {
  switch (operator) {
    case 'gt':
    case 'after':
      return { is: 'dates', after: first };
    case 'gte':
      return { is: 'dates', from: first };
    case 'lt':
    case 'before':
      return { is: 'dates', before: first };
    case 'lte':
      return { is: 'dates', until: first };
    case 'between':
      if (first.length === second.length && first > second) throw new Misfit(`the earlier date comes first: [${second}, ${first}]`);
      return { is: 'dates', from: first, until: second };
    default:
      return { is: 'dates', from: first, until: first };
  }
}

export const DAY_SECONDS = 86_400;
const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3_600, d: DAY_SECONDS, w: 7 * DAY_SECONDS };

/** `30d` in seconds. */
export function readDuration(text: string): number {
  const [, amount = '0', unit = 'd'] = DURATION.exec(text) ?? [];
  return Number(amount) * (UNIT_SECONDS[unit] ?? 0);
}

function assertWhen(kind: 'date' | 'time', text: string): void {
  if (isDate(text) || (kind === 'time' && isMoment(text))) return;
  throw new Misfit(
    kind === 'date'
      ? 'expected a date like 2026-03-31'
      : 'expected a date like 2026-03-31, or a moment with its offset like 2026-03-31T09:00:00Z',
  );
}

function scalars(operand: unknown, kind: 'text' | 'number' | 'boolean'): Scalar[] {
  const wanted = kind === 'text' ? 'string' : kind;
  const values = (Array.isArray(operand) ? operand : [operand]) as Scalar[];
  const wrong = values.find((value) => typeof value !== wanted);
  if (wrong !== undefined)
    throw new Misfit(
      `expected ${kind === 'boolean' ? 'true or false' : `a ${kind}`}, not the ${typeof wrong === 'string' ? 'text' : typeof wrong} ${JSON.stringify(wrong)}`,
    );
  return values;
}

/**
 * ClickHouse uses RE2. What RE2 lacks on purpose is named; the rest is tried in JavaScript, with RE2's inline flags and named groups rewritten,
 * which finds unbalanced brackets and the like before anything reaches the server.
 */
function assertPattern(pattern: string): void {
  if (/\(\?(=|!|<=|<!)/.test(pattern)) throw new Misfit('RE2 has no look-ahead and no look-behind');
  if (/(^|[^\\])(\\\\)*\\[1-9]/.test(pattern)) throw new Misfit('RE2 has no back-references');
  try {
    new RegExp(
      pattern
        .replace(/\(\?[imsU-]+\)/g, '')
        .replace(/\(\?[imsU-]+:/g, '(?:')
        .replace(/\(\?P</g, '(?<'),
    );
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Misfit(`is no regular expression: ${error.message.replace(/^Invalid regular expression: /, '')}`);
  }
}
