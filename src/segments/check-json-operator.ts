/** Turns one operator into a test of a value in JSON (a property of an event, or an undeclared trait), or says why it cannot. Pure. */

import { countOf } from './check-count.ts';
import { isOrdering, isTextSearch, listed, numberText, orderTest, readAnniversary } from './check-operator.ts';
import { readTimeWindow, windowOf } from './check-time.ts';
import type { JsonOperand, JsonTest } from './checked.ts';
import type { Count } from './language/count.ts';
import type { Operator } from './language/operators.ts';
import { isDate, isMoment, whenError } from './language/value.ts';
import type { Within } from './language/window.ts';
import { OperatorProblem } from './operator-problem.ts';

/** A property has no declared type: the operator and its operand decide as which type it is read. @throws OperatorProblem */
export function readJsonTest(operator: Operator, operand: unknown): JsonTest {
  if (operator === 'exists' || operator === 'missing') return { is: operator };
  if (operator === 'within') return { is: 'when', window: readTimeWindow(operand as Within) };
  if (operator === 'before' || operator === 'after') return { is: 'when', window: windowOf(operator, [operand as string]) };
  if (operator === 'anniversary') return readAnniversary(operand);
  if (operator === 'size') return { is: 'size', count: countOf(operand as Count) };
  if (isTextSearch(operator)) return { is: operator, text: operand as string };
  if (operator === 'has_any' || operator === 'has_all' || operator === 'has_none') {
    return { is: operator, values: listed(operand).map(operandOf) };
  }
  if (isOrdering(operator)) return ordering(operator, listed(operand));
  return { is: operator === 'is' || operator === 'in' ? 'in' : 'not_in', values: listed(operand).map(operandOf) };
}

function ordering(operator: Extract<Operator, 'gt' | 'gte' | 'lt' | 'lte' | 'between'>, values: readonly unknown[]): JsonTest {
  const numbers = values.flatMap((value) => numberText(value) ?? []);
  if (numbers.length === values.length) return orderTest(operator, numbers);
  const dates = values.filter((value) => typeof value === 'string' && (isDate(value) || isMoment(value))) as string[];
  if (dates.length !== values.length) throw new OperatorProblem(unfitWords(values));
  return { is: 'when', window: windowOf(operator, dates) };
}

function unfitWords(values: readonly unknown[]): string {
  const words = 'expected a number or a date';
  return values.map((value) => whenError(value, words)).find((message) => message !== words) ?? words;
}

function operandOf(value: unknown): JsonOperand {
  if (typeof value === 'boolean') return { is: 'boolean', boolean: value };
  if (typeof value === 'number') return { is: 'number', number: String(value) };
  const text = value as string;
  return isDate(text) || isMoment(text) ? { is: 'text', text, window: { is: 'dates', from: text, until: text } } : { is: 'text', text };
}
