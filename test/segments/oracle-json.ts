/** Properties as the oracle sees them: what a JSON value is, and what it is equal to. */
import type { EventFilter } from '../../src/segments/language/filter.ts';
import { type Clock, readWhen } from './oracle-dates.ts';
import { compareTo, type Quantity } from './oracle-numbers.ts';
import { sizeMatches } from './oracle-traits.ts';
import { dateMatches } from './oracle-windows.ts';
import { Written } from './world.ts';

export function propertyMatches(filter: EventFilter, properties: unknown, clock: Clock): boolean {
  const [operator, operand] = Object.entries(filter).find(([key, value]) => key !== 'property' && value !== undefined) ?? ['', undefined];
  const value = valueAt(filter.property ?? '', properties);
  switch (operator) {
    case 'exists':
      return exists(value);
    case 'missing':
      return !exists(value);
    case 'is':
    case 'in':
      return [operand].flat().some((one) => isEqual(value, one, clock));
    case 'is_not':
    case 'not_in':
      return exists(value) && ![operand].flat().some((one) => isEqual(value, one, clock));
    case 'contains':
      return printed(value).toLowerCase().includes(String(operand).toLowerCase());
    case 'starts_with':
      return printed(value).toLowerCase().startsWith(String(operand).toLowerCase());
    case 'ends_with':
      return printed(value).toLowerCase().endsWith(String(operand).toLowerCase());
    case 'matches':
      return printed(value) !== '' && new RegExp(String(operand), 'su').test(printed(value));
    case 'size':
      return Array.isArray(value) && sizeMatches(value.length, operand as Record<string, unknown>);
    default:
      return isInOrder(value, operator, operand, clock);
  }
}

const valueAt = (path: string, properties: unknown) =>
  path.split('.').reduce<unknown>((outer, part) => (isObject(outer) ? (outer as Record<string, unknown>)[part] : undefined), properties);

/** The number at the path, as it is written; undefined where there is none of at most 36 digits. */
export function amountAt(path: string, properties: unknown): string | undefined {
  const value = valueAt(path, properties);
  const quantity = asNumber(value) ?? asNumberText(value);
  if (quantity === undefined) return undefined;
  const text = 'text' in quantity ? quantity.text : String(quantity.float);
  return /^[+-]?\d{1,36}(\.\d*)?(e-\d+|e\+2\d|e\+3[0-5])?$/.test(text) ? text : undefined;
}

/** The value at the path as JSON writes it; undefined for none, lists and objects. Zero below zero is zero. */
export function textAt(path: string, properties: unknown): string | undefined {
  const text = printed(valueAt(path, properties));
  return text === '-0' ? '0' : text || undefined;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !(value instanceof Written) && !Array.isArray(value);

/** An object is there when anything in it is. */
function exists(value: unknown): boolean {
  if (isObject(value))
    return Object.values(value as object).some((inner) => inner === '' || (Array.isArray(inner) && inner.length === 0) || exists(inner));
  return !(value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0));
}

/** JSON's own numbers: whole ones of up to 64 bits, otherwise floats. */
function asNumber(value: unknown): Quantity | undefined {
  const text = value instanceof Written ? value.text : typeof value === 'number' ? String(value) : undefined;
  if (text === undefined) return undefined;
  return /^-?\d+$/.test(text) ? { text, isWhole: true } : { float: Number(text), isSingle: false };
}

const NUMBER_TEXT = /^[+-]?\d{1,50}(\.\d{1,20})?$/;
const asNumberText = (value: unknown): Quantity | undefined =>
  typeof value === 'string' && NUMBER_TEXT.test(value) ? { text: value, isWhole: false } : undefined;

function isEqual(value: unknown, operand: unknown, clock: Clock): boolean {
  const number = asNumber(value);
  if (typeof operand === 'boolean') return value === operand || value === String(operand);
  if (typeof operand === 'number') {
    const quantity = number ?? asNumberText(value);
    return quantity !== undefined && compareTo(quantity, String(operand)) === 0;
  }
  const text = String(operand);
  if (typeof value === 'boolean') return String(value) === text;
  // A number is found by the text that JSON has for it: 1 by "1", never by "01".
  if (number) return /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/.test(text) && text !== '-0' && compareTo(number, text) === 0;
  if (typeof value !== 'string') return false;
  if (value === text) return true;
  const [when, wanted] = [readWhen(value), readWhen(text)];
  const isDate = wanted !== undefined && ('day' in wanted || ('moment' in wanted && /T.*(Z|[+-]\d\d:\d\d)$/.test(text)));
  return when !== undefined && isDate && dateMatches(when, 'is', text, clock);
}

function isInOrder(value: unknown, operator: string, operand: unknown, clock: Clock): boolean {
  // A window has fields of its own.
  const [first, second] = operator === 'within' || operator === 'anniversary' ? [] : [operand].flat().map(String);
  const isNumber =
    operator !== 'within' && operator !== 'anniversary' && operator !== 'before' && operator !== 'after' && !/^\d{4}-/.test(first ?? '');
  if (!isNumber) {
    const when = typeof value === 'string' ? readWhen(value) : undefined;
    return when !== undefined && dateMatches(when, operator, operand, clock);
  }
  const quantity = asNumber(value) ?? asNumberText(value);
  if (!quantity) return false;
  const order = compareTo(quantity, first ?? '');
  switch (operator) {
    case 'gt':
      return order > 0;
    case 'gte':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'lte':
      return order <= 0;
    case 'between':
      return order >= 0 && compareTo(quantity, second ?? '') <= 0;
    default:
      throw new Error(`the oracle does not know ${operator} of a property`);
  }
}

/** As JSON writes it; nothing for lists and objects, which are no texts. */
export function printed(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  const number = asNumber(value);
  if (!number) return '';
  if ('text' in number) return String(BigInt(number.text));
  return Object.is(number.float, -0) ? '-0' : String(number.float);
}
