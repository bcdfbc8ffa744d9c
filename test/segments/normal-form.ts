/** One of the ways to write what can be written in several: docs/segments-sentences.md states them. */
import type { Node } from '../../src/segments/definition.ts';

export const normalForm = (node: Node): unknown => formOf(node, '');

/** Of these a list with one value is that value. */
const ONE_IS_ENOUGH = ['is', 'is_not', 'event', 'none', 'weekday'];

/** Of these a number in quotes is that number, where a number keeps its value. */
const IN_DIGITS = ['gt', 'gte', 'lt', 'lte', 'eq', 'between', 'times', 'plus', 'minus'];

function numberIn(digits: string): string | number {
  if (!/^-?\d+(\.\d+)?$/.test(digits) || digits === '-0') return digits;
  const short = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  const isKept = String(Number(digits)) === short && (!Number.isInteger(Number(digits)) || Number.isSafeInteger(Number(digits)));
  return isKept ? Number(digits) : digits;
}

function formOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => formOf(item, key === 'between' ? key : ''));
    return items.length === 1 && ONE_IS_ENOUGH.includes(key) ? items[0] : items;
  }
  if (typeof value === 'string' && IN_DIGITS.includes(key)) return numberIn(value);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, one]) => one !== undefined && !isDefault(name, one, value))
      .map(([name, one]) => [name, formOf(one, name)]),
  );
}

/** At least once is what is asked without a count. */
const isDefault = (name: string, value: unknown, node: object) =>
  ((name === 'count' && ('event' in node || 'related' in node)) || (name === 'times' && 'sequence' in node)) &&
  JSON.stringify(value) === '{"gte":1}';
