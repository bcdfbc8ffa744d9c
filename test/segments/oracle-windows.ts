/** Windows as the oracle sees them: it compares what clocks and calendars show, and knows nothing of the compiler's calendar. */
import { type Clock, dayOf, isFrom, isUntil, localDate, milliseconds, order, type When, wallOf } from './oracle-dates.ts';
import { type AnniversaryAsked, isKept } from './oracle-traits.ts';

export interface Window {
  readonly last?: string | undefined;
  readonly next?: string | undefined;
  readonly between?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly this?: string | undefined;
  readonly previous?: string | Readonly<Record<string, number | undefined>> | undefined;
}

export function isInWindow(when: When, window: Window, clock: Clock): boolean {
  const { last, next, between, previous } = window;
  if (last !== undefined) return isAfterAndUntil(when, [last, -1], undefined, clock);
  if (next !== undefined) return isAfterAndUntil(when, undefined, [next, 1], clock);
  if (between !== undefined) return isAfterAndUntil(when, [between[1] ?? '', -1], [between[0] ?? '', -1], clock);
  if (window.this !== undefined) return periodsAgo(when, window.this, clock) === 0;
  if (typeof previous === 'string') return periodsAgo(when, previous, clock) === 1;
  if (previous !== undefined) {
    const [[units, count = 0] = ['days', 0]] = Object.entries(previous);
    const ago = periodsAgo(when, units.slice(0, -1), clock);
    return ago >= 1 && ago <= count;
  }
  if (window.from !== undefined && !isFrom(when, window.from, clock.timezone)) return false;
  if (window.to === undefined) return true;
  if (!window.to.includes('T')) return isUntil(when, window.to, clock.timezone);
  return !isFrom(when, window.to, clock.timezone);
}

/** A length and its direction from as_of. */
type Step = readonly [string, 1 | -1];

/** After the one end and not after the other; as_of where there is none. */
function isAfterAndUntil(when: When, low: Step | undefined, high: Step | undefined, clock: Clock): boolean {
  const steps = [low, high].flatMap((step) => (step === undefined ? [] : [step]));
  if ('day' in when && steps.every(([length]) => isInDays(length))) {
    const today = localDate(clock.asOf, clock.timezone);
    const day = (step: Step | undefined) => (step === undefined ? today : movedDay(today, step));
    return when.day > day(low) && when.day <= day(high);
  }
  const moment = (step: Step | undefined) => (step === undefined ? Date.parse(clock.asOf) : movedMoment(step, clock));
  if ('moment' in when) return Date.parse(when.moment) > moment(low) && Date.parse(when.moment) <= moment(high);
  const wall = 'day' in when ? `${when.day} 00:00:00.000` : when.wall;
  return wall > wallOf(moment(low), clock.timezone) && wall <= wallOf(moment(high), clock.timezone);
}

const MONTHS: Readonly<Record<string, number>> = { mo: 1, q: 3, y: 12 };
const monthsOf = (length: string) => Number.parseInt(length, 10) * (MONTHS[length.replace(/\d/g, '')] ?? Number.NaN);
const isInDays = (length: string) => !Number.isNaN(monthsOf(length)) || milliseconds(length) % 86_400_000 === 0;

function movedDay(day: string, [length, direction]: Step): string {
  const months = monthsOf(length);
  if (Number.isNaN(months)) return new Date(Date.parse(`${day}T00:00:00Z`) + direction * milliseconds(length)).toISOString().slice(0, 10);
  const [year, month, date = ''] = day.split('-');
  const moved = Number(year) * 12 + Number(month) - 1 + direction * months;
  const prefix = `${Math.floor(moved / 12)}-${String((moved % 12) + 1).padStart(2, '0')}`;
  // Backwards from the same day, until there is such a day.
  for (let last = Number(date); ; last -= 1) {
    const asked = `${prefix}-${String(last).padStart(2, '0')}`;
    const real = new Date(`${asked}T00:00:00Z`);
    if (!Number.isNaN(real.getTime()) && real.toISOString().startsWith(asked)) return asked;
  }
}

const moved = new Map<string, number>();

/** Counted from `asOf`. */
export function movedMoment(step: Step, clock: Clock): number {
  const name = [...step, clock.asOf, clock.timezone].join();
  const ms = moved.get(name) ?? findMoved(step, clock);
  moved.set(name, ms);
  return ms;
}

function findMoved(step: Step, { asOf, timezone }: Clock): number {
  const [length, direction] = step;
  if (Number.isNaN(monthsOf(length))) return Date.parse(asOf) + direction * milliseconds(length);
  const [day = '', time = ''] = wallOf(Date.parse(asOf), timezone).split(' ');
  const wanted = `${movedDay(day, step)} ${time}`;
  // When clocks first show it or later; every change of a clock is at a quarter of an hour.
  let ms = Date.parse(`${wanted.replace(' ', 'T')}Z`) - 15 * 3_600_000;
  while (wallOf(ms, timezone) < wanted) ms += 900_000;
  return wallOf(ms, timezone) === wanted ? ms : ms - (ms % 900_000);
}

/** How many periods before the present one: below 0 for later ones. Weeks start on Monday. */
function periodsAgo(when: When, unit: string, { asOf, timezone }: Clock): number {
  const day = 'day' in when ? when.day : 'wall' in when ? when.wall.slice(0, 10) : localDate(when.moment, timezone);
  return numberOf(unit, localDate(asOf, timezone)) - numberOf(unit, day);
}

/** Periods are numbered one after the other. The first day of 1970 was a Thursday. */
function numberOf(unit: string, day: string): number {
  const days = Date.parse(`${day}T00:00:00Z`) / 86_400_000;
  const months = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
  switch (unit) {
    case 'day':
      return days;
    case 'week':
      return Math.floor((days + 3) / 7);
    case 'month':
      return months;
    case 'quarter':
      return Math.floor(months / 3);
    default:
      return Math.floor(months / 12);
  }
}

export function dateMatches(when: When, operator: string, operand: unknown, { asOf, timezone }: Clock): boolean {
  if (operator === 'within') return isInWindow(when, operand as Window, { asOf, timezone });
  const today = localDate(asOf, timezone);
  if (operand === 'now') return dateMatches(when, operator, 'day' in when ? today : asOf, { asOf, timezone });
  if (operator === 'anniversary') return isKept(dayOf(when, timezone), operand as AnniversaryAsked, today);
  const [first = '', second = ''] = [operand].flat() as string[];
  switch (operator) {
    case 'is':
      return order(when, first, timezone) === 0;
    case 'is_not':
      return order(when, first, timezone) !== 0;
    case 'gt':
    case 'after':
      return order(when, first, timezone) > 0;
    case 'gte':
      return order(when, first, timezone) >= 0;
    case 'lt':
    case 'before':
      return order(when, first, timezone) < 0;
    case 'lte':
      return order(when, first, timezone) <= 0;
    case 'between':
      return order(when, first, timezone) >= 0 && order(when, second, timezone) <= 0;
    default:
      throw new Error(`the oracle does not know ${operator} of a date`);
  }
}
