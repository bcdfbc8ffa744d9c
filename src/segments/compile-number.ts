/** Comparisons of numbers, each exact in the type of the data. Pure. */
import type { NumberType } from '../catalogue/column-kind.ts';
import { decimalText, floorTo, type Numeral, readNumeral } from '../documents/numeral.ts';
import type { Comparison } from './checked.ts';
import type { Parameters } from './compile-parameters.ts';
import { type Condition, either, tight } from './predicate.ts';

export const SYMBOL: Readonly<Record<Comparison, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' };

/** Whether `sql` is one of the numbers. */
export function isOneOf(sql: string, type: NumberType, numbers: readonly string[], parameters: Parameters): Condition {
  const texts = numbers.flatMap((number) => representable(type, numeral(number)));
  const [first] = texts;
  if (first === undefined) return false;
  if (texts.length === 1) return tight(`${sql} = ${parameters.add(typeName(type), first)}`);
  // A set is searched by bits, and -0.0 has other bits than 0.0.
  const listed = type.is === 'float' && texts.includes('0') ? [...texts, '-0'] : texts;
  return either(parameters.addLists(typeName(type), listed).map((list) => tight(`${sql} in ${list}`)));
}

export function compares(sql: string, type: NumberType, comparison: Comparison, number: string, parameters: Parameters): Condition {
  const exact = numeral(number);
  return type.is === 'float'
    ? comparesFloat(sql, type.type, comparison, exact, number, parameters)
    : comparesFixed(sql, fixedOf(type), comparison, exact, parameters);
}

/** The placeholders of a list for `hasAny` and `hasAll`; numbers that the type cannot hold are left out. */
export function listOf(type: NumberType, numbers: readonly string[], parameters: Parameters): readonly string[] {
  return parameters.addLists(
    typeName(type),
    numbers.flatMap((number) => representable(type, numeral(number))),
  );
}

export const isHeld = (type: NumberType, number: string) => representable(type, numeral(number)).length > 0;

/** What amounts are added up in: 36 digits before the point are room for sums and products of them. */
export const AMOUNT = { is: 'decimal', precision: 76, scale: 20 } as const;

/** The comparison with a number in the type: always true, always false, or what to compare with. */
export function bound(
  type: Exclude<NumberType, { is: 'float' }>,
  comparison: Comparison | 'eq',
  number: string,
  parameters: Parameters,
): boolean | { readonly symbol: string; readonly parameter: string } {
  if (comparison !== 'eq') return fixedBound(fixedOf(type), comparison, numeral(number), parameters);
  const [exact] = representable(type, numeral(number));
  return exact !== undefined && { symbol: '=', parameter: parameters.add(typeName(type), exact) };
}

/** A type whose values are whole steps of 10^-scale. */
export interface Fixed {
  readonly name: string;
  readonly scale: number;
  readonly min: bigint;
  readonly max: bigint;
}

export function fixedOf(type: Exclude<NumberType, { is: 'float' }>): Fixed {
  if (type.is === 'decimal') {
    const max = 10n ** BigInt(type.precision) - 1n;
    return { name: typeName(type), scale: type.scale, min: -max, max };
  }
  const bits = BigInt(/\d+$/.exec(type.type)?.[0] ?? '64');
  const isSigned = !type.type.startsWith('U');
  return {
    name: type.type,
    scale: 0,
    min: isSigned ? -(2n ** (bits - 1n)) : 0n,
    max: isSigned ? 2n ** (bits - 1n) - 1n : 2n ** bits - 1n,
  };
}

export const typeName = (type: NumberType) => (type.is === 'decimal' ? `Decimal(${type.precision}, ${type.scale})` : type.type);

/** 12.505 lies between two values of a Decimal(18, 2): "more than 12.505" is the same as "more than 12.50", and so is "at least 12.505". */
function comparesFixed(sql: string, type: Fixed, comparison: Comparison, exact: Numeral, parameters: Parameters): Condition {
  const end = fixedBound(type, comparison, exact, parameters);
  return typeof end === 'boolean' ? end : tight(`${sql} ${end.symbol} ${end.parameter}`);
}

function fixedBound(
  { name, scale, min, max }: Fixed,
  comparison: Comparison,
  exact: Numeral,
  parameters: Parameters,
): boolean | { readonly symbol: string; readonly parameter: string } {
  const { steps, isExact } = floorTo(exact, scale);
  const isUpward = comparison === 'gt' || comparison === 'gte';
  if (steps < min) return isUpward;
  if (steps > max) return !isUpward;
  const asked = isExact ? comparison : isUpward ? 'gt' : 'lte';
  return { symbol: SYMBOL[asked], parameter: parameters.add(name, decimalText(steps, scale)) };
}

/**
 * A fraction stands for the nearest float, as 0.1 does in every language. A whole number is meant exactly: when no float is equal to it,
 * the nearest float is greater or less.
 */
function comparesFloat(
  sql: string,
  name: 'Float32' | 'Float64',
  comparison: Comparison,
  exact: Numeral,
  number: string,
  parameters: Parameters,
): Condition {
  const near = nearestFloat(name, number);
  const isUpward = comparison === 'gt' || comparison === 'gte';
  // Larger than the greatest Float32.
  if (!Number.isFinite(near)) return near > 0 ? !isUpward : isUpward;
  const off = distance(near, exact);
  const asked = off === 0 ? comparison : off < 0 ? (isUpward ? 'gt' : 'lte') : isUpward ? 'gte' : 'lt';
  return tight(`${sql} ${SYMBOL[asked]} ${parameters.add(name, String(near))}`);
}

function representable(type: NumberType, exact: Numeral): string[] {
  if (type.is !== 'float') {
    const { scale, min, max } = fixedOf(type);
    const { steps, isExact } = floorTo(exact, scale);
    return isExact && steps >= min && steps <= max ? [decimalText(steps, scale)] : [];
  }
  const near = nearestFloat(type.type, decimalText(exact.units, exact.scale));
  return Number.isFinite(near) && distance(near, exact) === 0 ? [String(near)] : [];
}

/** `+ 0` makes 0 of -0. */
const nearestFloat = (name: 'Float32' | 'Float64', number: string) =>
  (name === 'Float32' ? Math.fround(Number(number)) : Number(number)) + 0;

/**
 * 0 for fractions, where the nearest float is the value. Otherwise below 0 when the float is less than the whole number, above 0 when it is
 * greater.
 */
function distance(near: number, exact: Numeral): number {
  const { steps, isExact } = floorTo(exact, 0);
  if (!isExact || !Number.isInteger(near)) return 0;
  const whole = BigInt(near);
  return whole < steps ? -1 : whole > steps ? 1 : 0;
}

function numeral(number: string): Numeral {
  const exact = readNumeral(number);
  if (!exact) throw new Error('a text that is not a number passed the check');
  return exact;
}
