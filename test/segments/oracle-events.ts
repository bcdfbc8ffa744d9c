/** Conditions on events as the oracle sees them: it looks at each event, and counts with whole numbers of 10^-20. */
import type { EventNode } from '../../src/segments/language/event.ts';
import type { EventFilter, Hours } from '../../src/segments/language/filter.ts';
import { type Clock, localDate, wallOf } from './oracle-dates.ts';

/** An event of any stream. */
export interface Occurrence {
  readonly name: string;
  /** ISO 8601. */
  readonly at: string;
  /** Of a filter on a property or a column. */
  holds(filter: EventFilter): boolean;
  /** The number as it is written; undefined where there is none. */
  amount(name: string): string | undefined;
  /** The value as JSON writes it; undefined where there is none. */
  text(name: string): string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** `isDuring`: whether a moment is in a window. All occurrences have happened. */
export function eventMatches(
  node: EventNode,
  occurrences: readonly Occurrence[],
  isDuring: (at: string, during: EventNode['during']) => boolean,
  clock: Clock,
): boolean {
  const names = typeof node.event === 'object' && 'any' in node.event ? undefined : [node.event].flat();
  const among = (during: EventNode['during']) =>
    occurrences.filter(
      (one) =>
        (names === undefined ? one.name !== '' : names.includes(one.name)) && isDuring(one.at, during) && allHold(node.where, one, clock),
    );
  const rows = among(node.during);
  if (node.first ?? node.last) {
    const times = rows.map(({ at }) => Date.parse(at));
    const moment = node.first ? Math.min(...times) : Math.max(...times);
    const { event, where } = node.first ?? node.last ?? {};
    return rows.some(
      (one) => Date.parse(one.at) === moment && (event === undefined || [event].flat().includes(one.name)) && allHold(where, one, clock),
    );
  }
  for (const is of ['sum', 'avg', 'min', 'max'] as const) {
    const asked = node[is];
    if (asked) return amountHolds(is, asked, asked.property ?? asked.column ?? '', rows, among);
  }
  if (node.distinct ?? node.repeats) {
    const asked = (node.distinct ?? node.repeats) as Fields;
    const texts = rows.flatMap((one) => one.text(String(asked.property ?? asked.column)) ?? []);
    const times = new Map<string, bigint>();
    for (const text of texts) times.set(text, (times.get(text) ?? 0n) + 1n);
    return node.distinct ? compares(asked, BigInt(times.size), whole) : [...times.values()].some((count) => compares(asked, count, whole));
  }
  const count = (node.count ?? { gte: 1 }) as Fields;
  const other = otherWindow(count);
  if (!other) return compares(count, BigInt(rows.length), whole);
  return fraction(other.comparison, [BigInt(rows.length), 1n], [BigInt(among(other.during).length), 1n], other);
}

export const allHold = (where: readonly EventFilter[] | undefined, one: Pick<Occurrence, 'at' | 'holds'>, clock: Clock) =>
  (where ?? []).every((filter) => {
    if (filter.hour) return hourHolds(filter.hour, Number(wallOf(Date.parse(one.at), clock.timezone).slice(11, 13)));
    if (filter.weekday) return [filter.weekday].flat().includes(weekdayOf(localDate(one.at, clock.timezone)));
    return one.holds(filter);
  });

const weekdayOf = (day: string) =>
  (['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const)[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? 'sun';

function hourHolds({ is, between, gte, gt, lte, lt }: Hours, hour: number): boolean {
  if (is !== undefined) return [is].flat().includes(hour);
  if (between !== undefined) {
    // Around the clock, from the first to the last.
    for (let at = between[0]; ; at = (at + 1) % 24) {
      if (at === hour) return true;
      if (at === between[1]) return false;
    }
  }
  if (gte !== undefined) return hour >= gte;
  if (gt !== undefined) return hour > gt;
  return lte === undefined ? hour < (lt ?? 0) : hour <= lte;
}

const whole = (value: unknown) => BigInt(String(value));

/** `read`: an operand in the unit of the value. */
function compares(asked: Fields, value: bigint, read: (operand: unknown) => bigint): boolean {
  const { between } = asked;
  if (Array.isArray(between)) return value >= read(between[0]) && value <= read(between[1]);
  const [name, operand] = Object.entries(asked).find(
    ([key, given]) => ['eq', 'gte', 'lte', 'gt', 'lt'].includes(key) && given !== undefined,
  ) ?? ['eq', 0];
  return inOrder(name, value, read(operand));
}

function inOrder(name: string, value: bigint, operand: bigint): boolean {
  switch (name) {
    case 'eq':
      return value === operand;
    case 'gte':
      return value >= operand;
    case 'gt':
      return value > operand;
    case 'lte':
      return value <= operand;
    default:
      return value < operand;
  }
}

const DIGITS = 20;

/** In 10^-20; what is smaller is cut off. */
export function units(text: string): bigint {
  const [, sign, digits = '', decimals = '', exponent = '0'] = /^([+-]?)(\d+)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const shift = DIGITS - decimals.length + Number(exponent);
  const value = BigInt(digits + decimals);
  const scaled = shift >= 0 ? value * 10n ** BigInt(shift) : value / 10n ** BigInt(-shift);
  return sign === '-' ? -scaled : scaled;
}

function amountHolds(
  is: 'sum' | 'avg' | 'min' | 'max',
  asked: Fields,
  name: string,
  rows: readonly Occurrence[],
  among: (during: EventNode['during']) => readonly Occurrence[],
): boolean {
  const own = ratio(is, rows, name);
  if (own === undefined) return false;
  const other = otherWindow(asked);
  if (!other) return compares(asked, own[0], (operand) => units(String(operand)) * own[1]);
  const theirs = ratio(is, among(other.during), name);
  return theirs !== undefined && fraction(other.comparison, own, theirs, other);
}

/** As numerator and denominator; undefined without a number. */
function ratio(is: 'sum' | 'avg' | 'min' | 'max', rows: readonly Occurrence[], name: string): readonly [bigint, bigint] | undefined {
  const amounts = rows.flatMap((one) => one.amount(name) ?? []).map(units);
  const [first] = amounts;
  if (first === undefined) return undefined;
  const sorted = amounts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (is === 'min') return [sorted[0] ?? first, 1n];
  if (is === 'max') return [sorted.at(-1) ?? first, 1n];
  return [amounts.reduce((a, b) => a + b), is === 'avg' ? BigInt(amounts.length) : 1n];
}

interface Other {
  readonly comparison: string;
  readonly during: EventNode['during'];
  readonly times: string;
  readonly per: number;
}

function otherWindow(asked: Fields): Other | undefined {
  for (const [comparison, operand] of Object.entries(asked)) {
    if (typeof operand !== 'object' || operand === null || !('of' in operand)) continue;
    const { times = 1, of } = operand as { times?: number | string; of: { during: EventNode['during']; per?: number } };
    return { comparison, during: of.during, times: String(times), per: of.per ?? 1 };
  }
  return undefined;
}

/** own against theirs · times / per, as products of whole numbers. */
function fraction(comparison: string, own: readonly [bigint, bigint], theirs: readonly [bigint, bigint], { times, per }: Other): boolean {
  return inOrder(comparison, own[0] * theirs[1] * BigInt(per) * 10n ** BigInt(DIGITS), theirs[0] * own[1] * units(times));
}
