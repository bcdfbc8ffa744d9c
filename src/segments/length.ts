/** Lengths of time: `30d` is exact, `3mo` counts by the calendar. Pure. */
import type { Length, TimeWindow } from './checked.ts';
import { DURATION, UNIT_MS } from './language/value.ts';

export const DAY_SECONDS = 86_400;
const MONTHS: Readonly<Record<string, number>> = { mo: 1, q: 3, y: 12 };

/** `text`: as the schema accepts it. */
export function readLength(text: string): Length {
  const [, amount = '0', unit = 'd'] = DURATION.exec(text) ?? [];
  const months = MONTHS[unit];
  return months === undefined ? { seconds: (Number(amount) * (UNIT_MS[unit] ?? 0)) / 1_000 } : { months: Number(amount) * months };
}

/** Lengths that the window is made of. */
export function lengthsOf(window: TimeWindow): readonly Length[] {
  switch (window.is) {
    case 'last':
    case 'next':
      return [window.length];
    case 'ago':
      return [window.near, window.far];
    default:
      return [];
  }
}

/** Counted in days, of 24 hours or of the calendar. */
export const isWholeDays = (length: Length) => 'months' in length || length.seconds % DAY_SECONDS === 0;

/** Whether `near` is never shorter than `far`: a month has 28 to 31 days. */
export function isNeverShorter(near: Length, far: Length): boolean {
  if ('months' in near && 'months' in far) return near.months >= far.months;
  const days = (length: Length, ofMonth: number) => ('months' in length ? length.months * ofMonth : length.seconds / DAY_SECONDS);
  return days(near, 28) >= days(far, 31);
}
