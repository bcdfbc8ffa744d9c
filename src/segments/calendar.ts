/** Days in a time zone: turns the language's dates into moments. Pure. */

import { datesOfPeriods, nextDate, shiftMonths } from './calendar-dates.ts';
import type { Length, TimeWindow } from './checked.ts';
import { DAY_SECONDS, isWholeDays, lengthsOf } from './length.ts';
import type { Living } from './living.ts';
import * as living from './living.ts';

/** A stretch of time with at most one lower and one upper end. `isIncluded` says whether the end itself belongs to it. */
export interface Interval<T> {
  readonly low?: End<T>;
  readonly high?: End<T>;
}

export interface End<T> {
  readonly value: T;
  readonly isIncluded: boolean;
  /** Of an end that moves with `as_of`: how it does. */
  readonly living?: Living;
}

export interface DateContext {
  readonly asOfMs: number;
  /** IANA name of the time zone. */
  readonly timezone: string;
}

/** The window as moments, in milliseconds since 1970. Never reaches beyond what it says: `as_of` bounds it only where the window does. */
export function momentsOf(window: TimeWindow, clock: DateContext): Interval<number> {
  const { asOfMs } = clock;
  const moved = (length: Length, direction: 1 | -1) => ({
    value: movedMoment(length, direction, clock),
    living: living.movedMoment(length, direction),
  });
  const now = { value: asOfMs, living: living.moment };
  switch (window.is) {
    case 'always':
      return {};
    case 'last':
      return between(moved(window.length, -1), now);
    case 'next':
      return between(now, moved(window.length, 1));
    case 'ago':
      return between(moved(window.far, -1), moved(window.near, -1));
    case 'periods': {
      const [low, high] = [window.first, window.last + 1].map((index) => living.startOf(living.firstDay(window.unit, index)));
      return livingEnds(momentsOf(datesOf(window, clock), clock), low, high);
    }
    case 'dates': {
      const start = (when: string) => (when.includes('T') ? Date.parse(when) : startOfDay(when, clock.timezone));
      const end = (when: string) => (when.includes('T') ? Date.parse(when) : startOfDay(nextDate(when, 1), clock.timezone));
      const interval = datesAs(window, start, end);
      return window.isNow ? livingEnds(interval, living.moment, living.moment) : interval;
    }
  }
}

/** The window as calendar days (`YYYY-MM-DD`), for columns that hold a day: `last: 30d` is the 30 days that end with today's. */
export function daysOf(window: TimeWindow, clock: DateContext): Interval<string> {
  const today = dateIn(clock.asOfMs, clock.timezone);
  const moved = (length: Length, direction: 1 | -1) => ({
    value: 'months' in length ? shiftMonths(today, direction * length.months) : nextDate(today, (direction * length.seconds) / DAY_SECONDS),
    living: living.movedDay(length, direction, DAY_SECONDS),
  });
  const day = { value: today, living: living.today };
  switch (window.is) {
    case 'always':
      return {};
    case 'last':
      return between(moved(window.length, -1), day);
    case 'next':
      return between(day, moved(window.length, 1));
    case 'ago':
      return between(moved(window.far, -1), moved(window.near, -1));
    case 'periods': {
      const { unit, first, last } = window;
      const end = living.dayBefore(living.firstDay(unit, last + 1));
      return livingEnds(daysOf(datesOf(window, clock), clock), living.firstDay(unit, first), end);
    }
    case 'dates': {
      const { from, after, until, before } = window;
      const interval = {
        ...(from === undefined ? {} : { low: { value: from, isIncluded: true } }),
        ...(after === undefined ? {} : { low: { value: after, isIncluded: false } }),
        ...(until === undefined ? {} : { high: { value: until, isIncluded: true } }),
        ...(before === undefined ? {} : { high: { value: before, isIncluded: false } }),
      };
      return window.isNow ? livingEnds(interval, living.today, living.today) : interval;
    }
  }
}

/** What clocks on the wall show at the ends of the window, as milliseconds since 1970 as if they showed UTC: for times written without a zone. */
export function wallTimesOf(window: TimeWindow, clock: DateContext): Interval<number> {
  const { timezone } = clock;
  if (window.is === 'periods') return wallTimesOf(datesOf(window, clock), clock);
  if (window.is !== 'dates') return mapped(momentsOf(window, clock), (ms) => wallTime(ms, timezone));
  const midnight = (date: string) => Date.parse(`${date}T00:00:00Z`);
  const start = (when: string) => (when.includes('T') ? wallTime(Date.parse(when), timezone) : midnight(when));
  const end = (when: string) => (when.includes('T') ? wallTime(Date.parse(when), timezone) : midnight(nextDate(when, 1)));
  return datesAs(window, start, end);
}

/** The same for days without a time, which stand for their midnight: windows of whole days are counted in days, as for columns that hold a day. */
export function midnightsOf(window: TimeWindow, clock: DateContext): Interval<number> {
  const lengths = lengthsOf(window);
  const isInDays = lengths.length > 0 && lengths.every(isWholeDays);
  return isInDays ? mapped(daysOf(window, clock), (date) => Date.parse(`${date}T00:00:00Z`)) : wallTimesOf(window, clock);
}

function mapped<T, U>({ low, high }: Interval<T>, work: (value: T) => U): Interval<U> {
  return {
    ...(low ? { low: { isIncluded: low.isIncluded, value: work(low.value) } } : {}),
    ...(high ? { high: { isIncluded: high.isIncluded, value: work(high.value) } } : {}),
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

const between = <T>(low: Omit<End<T>, 'isIncluded'>, high: Omit<End<T>, 'isIncluded'>): Interval<T> => ({
  low: { ...low, isIncluded: false },
  high: { ...high, isIncluded: true },
});

const livingEnds = <T>({ low, high }: Interval<T>, lower: Living | undefined, upper: Living | undefined): Interval<T> => ({
  ...(low ? { low: { ...low, ...(lower ? { living: lower } : {}) } } : {}),
  ...(high ? { high: { ...high, ...(upper ? { living: upper } : {}) } } : {}),
});

const datesOf = (window: Extract<TimeWindow, { is: 'periods' }>, { asOfMs, timezone }: DateContext) =>
  datesOfPeriods(window, dateIn(asOfMs, timezone));

/** So long after or before `as_of`. Months are counted by the clocks on the wall: the same time on the same day of the month. */
function movedMoment(length: Length, direction: 1 | -1, { asOfMs, timezone }: DateContext): number {
  if ('seconds' in length) return asOfMs + direction * length.seconds * 1_000;
  const wall = new Date(wallTime(asOfMs, timezone)).toISOString();
  const [date = '', time = ''] = wall.split('T');
  return momentOfWall(Date.parse(`${shiftMonths(date, direction * length.months)}T${time}`), timezone);
}

/**
 * When clocks first show this time or a later one: they skip times when they are put forward, and show some twice when they are put back.
 * `wallMs`: the time as if it were UTC.
 */
function momentOfWall(wallMs: number, timezone: string): number {
  // The two are equal unless clocks change within a day. The moment lies between what the one and the other say.
  const offsets = [-1, 1].map((side) => wallTime(wallMs + side * DAY_SECONDS * 1_000, timezone) - (wallMs + side * DAY_SECONDS * 1_000));
  const earliest = wallMs - Math.max(...offsets);
  if (wallTime(earliest, timezone) >= wallMs) return earliest;
  return firstMoment(earliest, wallMs - Math.min(...offsets), (ms) => wallTime(ms, timezone) >= wallMs);
}

/** By bisection: `holds` is false at `before` and true at `after`, and changes once. */
function firstMoment(before: number, after: number, holds: (ms: number) => boolean): number {
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The first moment whose local date is `date` or later. Found by bisection on the local date that Intl gives, because midnight does not
 * exist everywhere each day: in zones that put the clock forward at midnight the day starts at 01:00.
 */
export function startOfDay(date: string, timezone: string): number {
  const utcMidnight = Date.parse(`${date}T00:00:00Z`);
  // Local time is between UTC-12 and UTC+14; an hour more on both sides costs one step.
  return firstMoment(utcMidnight - 15 * HOUR_MS, utcMidnight + 13 * HOUR_MS, (ms) => dateIn(ms, timezone) >= date);
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
