/** The times that clients write, as instants. Pure. */
import { numberText } from './exact-numbers.ts';

/**
 * Milliseconds since 1970; undefined for what is not a time; null for an empty value (absent, null, '').
 *
 * Accepted: ISO 8601 dates with or without a time of day, as SDKs, databases and languages print them (`2026-11-25T10:00:00Z`, `2026-11-25
 * 10:00:00.123456+02`, `2026-11-25`), and a number since 1970, also as text, in seconds, milliseconds, microseconds or nanoseconds. A time
 * without a zone is UTC. Date.parse is not used for these: it takes the zone of this process, and guesses at texts that are no date.
 */
export function instant(value: unknown): number | undefined | null {
  if (value === undefined || value === null) return null;
  const number = numberText(value);
  if (number !== undefined) return sinceEpoch(number);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (text === '') return null;
  return EPOCH.test(text) ? sinceEpoch(text) : calendarTime(text);
}

/** Nine digits are 1973 as seconds; fewer digits are a year or a date without hyphens. */
const EPOCH = /^\d{9,}(?:\.\d+)?$/;

/** A date and time without hyphens, which would pass for milliseconds in 1976. */
const IS_COMPACT_DATE = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-4])[0-5]\d$/;

/** As seconds this is the year 5138, as milliseconds March 1973; each finer unit is a thousand times as large. */
const SECONDS_UNTIL = 1e11;

function sinceEpoch(digits: string): number | undefined {
  const number = Number(digits);
  const unit = [1, 1e3, 1e6, 1e9].find((perSecond) => Math.abs(number) < SECONDS_UNTIL * perSecond);
  if (unit === undefined || IS_COMPACT_DATE.test(digits)) return undefined;
  // A fraction of a second is not exact in binary: .123 may be a hair less than 123 ms.
  return unit === 1 ? Math.floor(number * 1_000 + 5e-4) : Math.trunc((number / unit) * 1_000);
}

const CALENDAR =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[Tt ]+(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,12}))?)? ?(?<zone>[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?:\[[\w/+-]+\])?)?$/;

/** The form that nearly every SDK sends. Date.parse is exact about it, and several times as fast as the code below. */
const COMMON = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,12})?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)$/;

/** Date.parse makes 2 March of 30 February; that can happen only from the 29th on. */
const isInEveryMonth = (text: string) => text.slice(8, 10) < '29';

function calendarTime(text: string): number | undefined {
  if (COMMON.test(text)) {
    const ms = Date.parse(text);
    if (isInEveryMonth(text) || (text.endsWith('Z') && new Date(ms).getUTCDate() === Number(text.slice(8, 10)))) {
      return Number.isNaN(ms) ? undefined : ms;
    }
  }
  const found = CALENDAR.exec(text)?.groups;
  if (!found) return undefined;
  const { date = '', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z' } = found;
  const dayMs = Date.parse(`${date}T00:00:00.000Z`);
  // 30 February would become a day in March, which is not what was written.
  if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== date) return undefined;
  const [h, m, s, ms] = [Number(hour), Number(minute), Number(second), Number(fraction.slice(0, 3).padEnd(3, '0'))];
  const ofDayMs = ((h * 60 + m) * 60 + s) * 1_000 + ms;
  // 24:00 is the end of the day; 60 is a leap second, and becomes the next minute.
  if (h > 24 || m > 59 || s > 60 || (h === 24 && ofDayMs > DAY_MS)) return undefined;
  const offsetMs = zoneOffsetMs(zone);
  return offsetMs === undefined ? undefined : dayMs + ofDayMs - offsetMs;
}

const DAY_MS = 86_400_000;

/** No zone is, or was in the last hundred years, further from UTC than this. */
const MAX_OFFSET_MINUTES = 16 * 60;

function zoneOffsetMs(zone: string): number | undefined {
  const [, sign, hours, minutes = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (hours === undefined) return 0;
  const offset = Number(hours) * 60 + Number(minutes);
  return offset > MAX_OFFSET_MINUTES || Number(minutes) > 59 ? undefined : (sign === '-' ? -offset : offset) * 60_000;
}
