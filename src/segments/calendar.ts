/** Days in a time zone: turns the language's dates into moments. Pure. */

import { DAY_SECONDS } from './check-operator.ts';
import type { TimeWindow } from './checked.ts';

/** A stretch of time with at most one lower and one upper end. `isIncluded` says whether the end itself belongs to it. */
export interface Interval<T> {
  readonly low?: { readonly value: T; readonly isIncluded: boolean };
  readonly high?: { readonly value: T; readonly isIncluded: boolean };
}

export interface DateContext {
  readonly asOfMs: number;
  /** IANA name of the time zone. */
  readonly timezone: string;
}

/** The window as moments, in milliseconds since 1970. Never reaches beyond what it says: `as_of` bounds it only where the window does. */
export function momentsOf(window: TimeWindow, clock: DateContext): Interval<number> {
  const { asOfMs } = clock;
  switch (window.is) {
    case 'always':
      return {};
    case 'last':
      return between(asOfMs - window.seconds * 1_000, asOfMs);
    case 'next':
      return between(asOfMs, asOfMs + window.seconds * 1_000);
    case 'ago':
      return between(asOfMs - window.farSeconds * 1_000, asOfMs - window.nearSeconds * 1_000);
    case 'dates': {
      const start = (when: string) => (when.includes('T') ? Date.parse(when) : startOfDay(when, clock.timezone));
      const end = (when: string) => (when.includes('T') ? Date.parse(when) : startOfDay(nextDate(when, 1), clock.timezone));
      return datesAs(window, start, end);
    }
  }
}

/** The window as calendar days (`YYYY-MM-DD`), for columns that hold a day: `last: 30d` is the 30 days that end with today's. */
export function daysOf(window: TimeWindow, clock: DateContext): Interval<string> {
  const today = dateIn(clock.asOfMs, clock.timezone);
  switch (window.is) {
    case 'always':
      return {};
    case 'last':
      return between(nextDate(today, -window.seconds / DAY_SECONDS), today);
    case 'next':
      return between(today, nextDate(today, window.seconds / DAY_SECONDS));
    case 'ago':
      return between(nextDate(today, -window.farSeconds / DAY_SECONDS), nextDate(today, -window.nearSeconds / DAY_SECONDS));
    case 'dates': {
      const { from, after, until, before } = window;
      return {
        ...(from === undefined ? {} : { low: { value: from, isIncluded: true } }),
        ...(after === undefined ? {} : { low: { value: after, isIncluded: false } }),
        ...(until === undefined ? {} : { high: { value: until, isIncluded: true } }),
        ...(before === undefined ? {} : { high: { value: before, isIncluded: false } }),
      };
    }
  }
}

/** What clocks on the wall show at the ends of the window, as milliseconds since 1970 as if they showed UTC: for times written without a zone. */
export function wallTimesOf(window: TimeWindow, clock: DateContext): Interval<number> {
  const { timezone } = clock;
  if (window.is !== 'dates') return mapped(momentsOf(window, clock), (ms) => wallTime(ms, timezone));
  const midnight = (date: string) => Date.parse(`${date}T00:00:00Z`);
  const start = (when: string) => (when.includes('T') ? wallTime(Date.parse(when), timezone) : midnight(when));
  const end = (when: string) => (when.includes('T') ? wallTime(Date.parse(when), timezone) : midnight(nextDate(when, 1)));
  return datesAs(window, start, end);
}

/** The same for days without a time, which stand for their midnight: windows of whole days are counted in days, as for columns that hold a day. */
export function midnightsOf(window: TimeWindow, clock: DateContext): Interval<number> {
  const seconds =
    window.is === 'ago' ? [window.nearSeconds, window.farSeconds] : window.is === 'last' || window.is === 'next' ? [window.seconds] : [];
  const isInDays = seconds.length > 0 && seconds.every((length) => length % DAY_SECONDS === 0);
  return isInDays ? mapped(daysOf(window, clock), (date) => Date.parse(`${date}T00:00:00Z`)) : wallTimesOf(window, clock);
}

function mapped<T, U>({ low, high }: Interval<T>, work: (value: T) => U): Interval<U> {
  return {
    ...(low ? { low: { ...low, value: work(low.value) } } : {}),
    ...(high ? { high: { ...high, value: work(high.value) } } : {}),
  };
}

/**
 * For a date, `start` is its first moment and `end` the first moment of the next day, so that its last moment need not be written. For a
 * moment both are the moment itself.
 */
function datesAs(
  { from, after, until, before }: Extract<TimeWindow, { is: 'dates' }>,
  start: (when: string) => number,
  end: (when: string) => number,
): Interval<number> {
  return {
    ...(from === undefined ? {} : { low: { value: start(from), isIncluded: true } }),
    ...(after === undefined ? {} : { low: { value: end(after), isIncluded: !after.includes('T') } }),
    ...(until === undefined ? {} : { high: { value: end(until), isIncluded: until.includes('T') } }),
    ...(before === undefined ? {} : { high: { value: start(before), isIncluded: false } }),
  };
}

const between = <T>(low: T, high: T): Interval<T> => ({ low: { value: low, isIncluded: false }, high: { value: high, isIncluded: true } });

/**
 * The first moment whose local date is `date` or later. Found by bisection on the local date that Intl gives, because midnight does not
 * exist everywhere each day: in zones that put the clock forward at midnight the day starts at 01:00.
 */
export function startOfDay(date: string, timezone: string): number {
  const utcMidnight = Date.parse(`${date}T00:00:00Z`);
  // Local time is between UTC-12 and UTC+14; an hour more on both sides costs one step.
  let before = utcMidnight - 15 * HOUR_MS;
  let atOrAfter = utcMidnight + 13 * HOUR_MS;
  while (atOrAfter - before > 1) {
    const middle = Math.floor((before + atOrAfter) / 2);
    if (dateIn(middle, timezone) >= date) atOrAfter = middle;
    else before = middle;
  }
  return atOrAfter;
}

const HOUR_MS = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function partsOf(ms: number, timezone: string): Readonly<Record<string, string | undefined>> {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'iso8601',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timezone, format);
  }
  return Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
}

/** The local date of a moment. */
export function dateIn(ms: number, timezone: string): string {
  const { year, month, day } = partsOf(ms, timezone);
  return `${year?.padStart(4, '0')}-${month}-${day}`;
}

function wallTime(ms: number, timezone: string): number {
  const { year, month, day, hour, minute, second } = partsOf(ms, timezone);
  const seconds = Date.parse(`${year?.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return seconds + (((ms % 1_000) + 1_000) % 1_000);
}

/** Never later than the last date of ten characters: nothing in the data is later either. */
export function nextDate(date: string, days: number): string {
  const next = Date.parse(`${date}T00:00:00Z`) + days * DAY_SECONDS * 1_000;
  return new Date(Math.min(next, Date.UTC(9999, 11, 31))).toISOString().slice(0, 10);
}
