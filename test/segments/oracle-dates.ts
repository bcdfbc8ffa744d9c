/** Days and moments as the oracle sees them: it asks Intl what clocks show, and knows none of the compiler's calendar. */

export interface Clock {
  readonly asOf: string;
  readonly timezone: string;
}

/** What is compared with dates: a day, a time on the wall of the segment's zone (both without a zone of their own), or a moment. */
export type When = { readonly day: string } | { readonly wall: string } | { readonly moment: string };

const UNIT: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** Of an exact length. */
export const milliseconds = (length: string) => Number.parseInt(length, 10) * (UNIT[length.replace(/\d/g, '')] ?? Number.NaN);

/** `2026-03-29 01:30:00.000`, as clocks in the zone show it: texts of this form sort like times. */
export function wallOf(ms: number, timezone: string): string {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' }).format(ms);
  return `${shown}.${String(((ms % 1_000) + 1_000) % 1_000).padStart(3, '0')}`;
}

/** The calendar day that clocks in the zone show. */
export const localDate = (at: string, timezone: string) => wallOf(Date.parse(at), timezone).slice(0, 10);

const firstMoments = new Map<string, string>();

/** When clocks in the zone first show the day: every change of a clock is at a quarter of an hour. */
export function firstMomentOf(day: string, timezone: string): string {
  const known = firstMoments.get(`${day} ${timezone}`);
  if (known !== undefined) return known;
  let ms = Date.parse(`${day}T00:00:00Z`) - 15 * 3_600_000;
  while (localDate(new Date(ms).toISOString(), timezone) < day) ms += 900_000;
  const moment = new Date(ms).toISOString();
  firstMoments.set(`${day} ${timezone}`, moment);
  return moment;
}

/** A text of the data; undefined when it is no date. */
export function readWhen(text: string): When | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/.exec(text);
  if (!parts) return undefined;
  const [, day = '', hour, minute = '', second = '00', fraction = '.0', zone] = parts;
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day) || day < '1900' || day > '2300') return undefined;
  if (hour === undefined) return { day };
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const time = `${hour}:${minute}:${second}.${fraction.slice(1, 4).padEnd(3, '0')}`;
  if (zone === undefined) return { wall: `${day} ${time}` };
  const offset = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.length > 3 ? zone.slice(-2) : '00'}`;
  return { moment: new Date(`${day}T${time}${offset}`).toISOString() };
}

export const dayOf = (when: When, timezone: string) =>
  'day' in when ? when.day : 'wall' in when ? when.wall.slice(0, 10) : localDate(when.moment, timezone);

const isDay = (operand: string) => !operand.includes('T');

/** Below 0 when `when` is before the day or moment of a definition, above 0 when it is after it. */
export function order(when: When, operand: string, timezone: string): number {
  const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
  if (isDay(operand)) {
    return compare(dayOf(when, timezone), operand);
  }
  if ('moment' in when) return compare(Date.parse(when.moment), Date.parse(operand));
  const wall = 'day' in when ? `${when.day} 00:00:00.000` : when.wall;
  return compare(wall, wallOf(Date.parse(operand), timezone));
}

export const isFrom = (when: When, operand: string, timezone: string) => order(when, operand, timezone) >= 0;
export const isUntil = (when: When, operand: string, timezone: string) => order(when, operand, timezone) <= 0;
