/** What the oracle knows of ranks, calculations, anniversaries and sizes. Knows neither SQL nor the compiler's calendar. */
import { compareQuantities, type Quantity, scaled } from './oracle-numbers.ts';

export type AnniversaryAsked = 'today' | { readonly next?: string; readonly last?: string };

/** Whether one of the days that are asked for, counted from today, is the day's anniversary. */
export const isKept = (day: string, operand: AnniversaryAsked, today: string) =>
  daysAsked(operand, today).some((date) => isAnniversary(day, date));

function daysAsked(operand: AnniversaryAsked, today: string): string[] {
  const after = (days: number) => new Date(Date.parse(`${today}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
  if (operand === 'today') return [today];
  const length = operand.next ?? operand.last ?? '';
  const days = Number.parseInt(length, 10) * (length.endsWith('w') ? 7 : 1);
  return Array.from({ length: days }, (_, index) => after(operand.next === undefined ? -index : index + 1));
}

/** Whether the day is kept on `date`: in a later year, and one of 29 February on the 28th where there is none. */
function isAnniversary(day: string, date: string): boolean {
  if (date.slice(0, 4) <= day.slice(0, 4)) return false;
  const year = Number(date.slice(0, 4));
  const isLeap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
  return day.slice(5) === date.slice(5) || (day.endsWith('02-29') && date.endsWith('02-28') && !isLeap);
}

export function sizeMatches(items: number, operand: Readonly<Record<string, unknown>>): boolean {
  const [operator, asked] = Object.entries(operand)[0] ?? ['', 0];
  const [low = 0, high = 0] = [asked].flat() as number[];
  switch (operator) {
    case 'eq':
      return items === low;
    case 'gt':
      return items > low;
    case 'gte':
      return items >= low;
    case 'lt':
      return items < low;
    case 'lte':
      return items <= low;
    default:
      return items >= low && items <= high;
  }
}

export interface Rank {
  readonly share?: number | undefined;
  readonly count?: number | undefined;
  readonly per?: { readonly trait: string } | undefined;
}

/** Of `others`, all of the same group, among them the value itself: how many are before it decides. */
export function isAmong<T>(
  value: T,
  others: readonly T[],
  end: string,
  { share, count = 0 }: Rank,
  compare: (a: T, b: T) => number,
): boolean {
  const better = others.filter((other) => (end === 'top' ? compare(other, value) > 0 : compare(other, value) < 0)).length;
  if (share === undefined) return better < count;
  const one = scaled('1') ?? 1n;
  return BigInt(better) * one < BigInt(others.length) * (scaled(String(share)) ?? 0n);
}

export interface Calculation {
  readonly trait: string;
  readonly times?: number | string | undefined;
  readonly plus?: number | string | { readonly trait: string } | undefined;
  readonly minus?: number | string | { readonly trait: string } | undefined;
}

/** `left` against the result, as for sorting; undefined where a value is not known. */
export function compareCalculated(
  left: Quantity,
  { trait, times, plus, minus }: Calculation,
  quantityOf: (trait: string) => Quantity | undefined,
): number | undefined {
  const operand = (added: Calculation['plus']): Quantity | undefined =>
    typeof added === 'object' ? quantityOf(added.trait) : { text: String(added ?? 0), isWhole: /^[+-]?\d+$/.test(String(added ?? 0)) };
  const [other, factor, added, taken] = [quantityOf(trait), operand(times ?? 1), operand(plus), operand(minus)];
  if (other === undefined || factor === undefined || added === undefined || taken === undefined) return undefined;
  const parts = [other, factor, added, taken];
  if (parts.some((part) => 'float' in part)) {
    const float = (part: Quantity) => ('float' in part ? part.float : Number(part.text));
    return compareQuantities(left, { float: float(other) * float(factor) + float(added) - float(taken), isSingle: false });
  }
  const units = (part: Quantity) => scaled('text' in part ? part.text : '0') ?? 0n;
  const one = units({ text: '1', isWhole: true });
  // A product has the digits of both factors.
  const result = units(other) * units(factor) + (units(added) - units(taken)) * one;
  if ('text' in left) {
    const own = units(left) * one;
    return own < result ? -1 : own > result ? 1 : 0;
  }
  const isWhole = parts.every((part) => 'text' in part && part.isWhole);
  const text = `${result < 0n ? '-' : ''}${(result < 0n ? -result : result) / (one * one)}`;
  if (isWhole) return compareQuantities(left, { text, isWhole });
  // Small enough for a quotient of two exact numbers to be the nearest float.
  const cents = 10n ** 6n;
  return compareQuantities(left, { float: Number((result * cents) / (one * one)) / Number(cents), isSingle: false });
}
