/**
 * In which numbers a calculation over columns is done: `a > b * 0.5 + 10`. Decimals and integers are calculated in a decimal that is wide
 * enough for the greatest values of their types, so that nothing is rounded and nothing overflows. Pure.
 */
import type { Trait } from '../catalogue/catalogue.ts';
import type { NumberType } from '../catalogue/column-kind.ts';
import { floorTo, type Numeral, readNumeral } from '../documents/numeral.ts';
import type { TraitComparison } from './checked.ts';
import { fixedOf } from './compile-number.ts';

/** ClickHouse's decimals, by the digits that each holds. */
const DECIMALS = [
  { bits: 64, digits: 18 },
  { bits: 128, digits: 38 },
  { bits: 256, digits: 76 },
] as const;
export type WideDecimal = (typeof DECIMALS)[number];

export type Arithmetic =
  /** `scale`: digits after the point of the result. */
  { readonly is: 'exact'; readonly decimal: WideDecimal; readonly scale: number } | { readonly is: 'float' };

export type Calculated = Pick<TraitComparison, 'other' | 'times' | 'addends'>;

/** `left` is what the result is compared with. Undefined when no decimal is wide enough. */
export function arithmeticOf(left: NumberType, { other, times = '1', addends = [] }: Calculated): Arithmetic | undefined {
  const traits = [other, ...addends.flatMap((addend) => ('trait' in addend ? [addend.trait] : []))];
  if (traits.some((trait) => numberOf(trait).is === 'float')) return { is: 'float' };
  const factor = numeralOf(times);
  const greatest = greatestOf(numberOf(other));
  const product = { units: greatest.units * abs(factor.units), scale: greatest.scale + factor.scale };
  const terms = [product, ...addends.map((addend) => ('trait' in addend ? greatestOf(numberOf(addend.trait)) : numeralOf(addend.number)))];
  const compared = left.is === 'float' ? [] : [greatestOf(left)];
  const scale = Math.max(factor.scale, ...[...terms, ...compared].map((term) => term.scale));
  const sizes = terms.map((term) => abs(floorTo(term, scale).steps));
  const sum = sizes.reduce((total, size) => total + size, 0n);
  // Each operand is written as the decimal too.
  const needed = [sum, abs(floorTo(factor, scale).steps), ...compared.map((term) => floorTo(term, scale).steps)];
  const decimal = DECIMALS.find(({ digits }) => scale <= digits && needed.every((size) => size < 10n ** BigInt(digits)));
  return decimal && { is: 'exact', decimal, scale: Math.max(...terms.map((term) => term.scale)) };
}

export function numberOf({ name, column: { value } }: Trait): NumberType {
  if (value.kind !== 'number') throw new Error(`${name} is no number, and passed the check`);
  return value.number;
}

export function numeralOf(text: string): Numeral {
  const numeral = readNumeral(text);
  if (!numeral) throw new Error(`${text} is no number, and passed the check`);
  return numeral;
}

/** As far from 0 as a value of the type can be, at most. */
function greatestOf(type: NumberType): Numeral {
  if (type.is === 'float') throw new Error('a float has no fixed digits');
  const { scale, min, max } = fixedOf(type);
  return { units: min < -max ? -min : max, scale };
}

const abs = (units: bigint) => (units < 0n ? -units : units);
