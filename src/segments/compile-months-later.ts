/**
 * Moments so many months later, as SQL over arrays: by the clocks on the wall in a zone, clamped to the month's end. A time that clocks skip is
 * the moment when they go on, of two equal ones it is the first: the same rules as those of calendar.ts. Pure.
 */
import type { Parameters } from './compile-parameters.ts';

const DAY_MS = 86_400_000;
/** Every change of a clock is at a whole quarter of an hour. */
const QUARTER_MS = 900_000;
/** All that lies beyond is later than `as_of`, and than what a DateTime64 holds. */
const MAX_MONTHS = 2_400;

/**
 * @param times SQL of an array of moments, in milliseconds since 1970.
 * @returns SQL of an array of the same size.
 */
export function monthsLater(times: string, months: number, timezone: string, parameters: Parameters): string {
  const zone = parameters.add('String', timezone);
  const offset = (ms: string) => `1000 * timeZoneOffset(fromUnixTimestamp64Milli(${ms}, ${zone}))`;
  const later = parameters.add('Int64', Math.min(months, MAX_MONTHS));
  // What clocks have to show, as if they showed UTC.
  const shown = `arrayMap(t -> toUnixTimestamp64Milli(addMonths(fromUnixTimestamp64Milli(t + ${offset('t')}, 'UTC'), ${later})), ${times})`;
  // The offsets of the day before and the day after are equal unless clocks change in between: the moment lies between what the two say.
  const offsets = `arrayMap(w -> (w, ${offset(`w - ${DAY_MS}`)}, ${offset(`w + ${DAY_MS}`)}), ${shown})`;
  const ends = `arrayMap(o -> (o.1, o.1 - greatest(o.2, o.3), o.1 - least(o.2, o.3)), ${offsets})`;
  const quarters = `arrayMap(k -> (intDiv(e.2, ${QUARTER_MS}) + k) * ${QUARTER_MS}, range(toUInt16(2 + intDiv(e.3 - e.2, ${QUARTER_MS}))))`;
  return `arrayMap(e -> if(e.2 + ${offset('e.2')} >= e.1, e.2, arrayFirst(q -> q + ${offset('q')} >= e.1, ${quarters})), ${ends})`;
}
