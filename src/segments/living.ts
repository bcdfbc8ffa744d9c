/**
 * Ends of windows as SQL that is true at any moment, for statements that are kept and run again: where a parameter says `2026-03-01`, such a
 * statement says "30 days before now". Pure.
 */
import type { Length } from './checked.ts';
import type { Period } from './language/window.ts';

/** `asOf`: SQL of the moment that is asked about. `zone`: SQL of the name of the time zone, a text. */
export type Living = (asOf: string, zone: string) => string;

export const moment: Living = (asOf) => asOf;

/** So long after or before that moment; months by the clocks of the zone. */
export function movedMoment(length: Length, direction: 1 | -1): Living {
  if ('seconds' in length) return (asOf) => `addSeconds(${asOf}, ${direction * length.seconds})`;
  return (asOf, zone) => `addMonths(toTimeZone(${asOf}, ${zone}), ${direction * length.months})`;
}

export const today: Living = (asOf, zone) => `toDate32(toTimeZone(${asOf}, ${zone}))`;

export function movedDay(length: Length, direction: 1 | -1, daySeconds: number): Living {
  if ('months' in length) return (asOf, zone) => `addMonths(${today(asOf, zone)}, ${direction * length.months})`;
  return (asOf, zone) => `addDays(${today(asOf, zone)}, ${(direction * length.seconds) / daySeconds})`;
}

const CAPITAL = { day: 'Day', week: 'Week', month: 'Month', quarter: 'Quarter', year: 'Year' } as const;

/** First day of a period of the calendar: 0 is the one of that moment, -1 the one before. */
export function firstDay(unit: Period, index: number): Living {
  return (asOf, zone) => {
    const day = today(asOf, zone);
    const start = unit === 'day' ? day : unit === 'week' ? `toMonday(${day})` : `toStartOf${CAPITAL[unit]}(${day})`;
    return `toDate32(add${CAPITAL[unit]}s(${start}, ${index}))`;
  };
}

/** The day before it. */
export const dayBefore =
  (day: Living): Living =>
  (asOf, zone) =>
    `addDays(${day(asOf, zone)}, -1)`;

/** Its first moment. */
export const startOf =
  (day: Living): Living =>
  (asOf, zone) =>
    `toDateTime64(${day(asOf, zone)}, 3, ${zone})`;
