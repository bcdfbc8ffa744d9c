/** Steps and periods of the calendar, as dates (`YYYY-MM-DD`) without a zone. Weeks start on Monday. Pure. */
import type { TimeWindow } from './checked.ts';
import type { Period } from './language/window.ts';
import { DAY_SECONDS } from './length.ts';

/** The periods as their first and last day. */
export function datesOfPeriods(
  { unit, first, last }: Extract<TimeWindow, { is: 'periods' }>,
  today: string,
): Extract<TimeWindow, { is: 'dates' }> {
  const start = startOfPeriod(unit, today);
  const begin = (periods: number) => {
    if (unit === 'day' || unit === 'week') return nextDate(start, periods * (unit === 'day' ? 1 : 7));
    return shiftMonths(start, periods * MONTHS[unit]);
  };
  return { is: 'dates', from: begin(first), until: nextDate(begin(last + 1), -1) };
}

const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

function startOfPeriod(unit: Period, date: string): string {
  if (unit === 'day') return date;
  if (unit === 'week') return nextDate(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7));
  const [year, month] = date.split('-');
  const first = Math.floor((Number(month) - 1) / MONTHS[unit]) * MONTHS[unit] + 1;
  return `${year}-${String(first).padStart(2, '0')}-01`;
}

/** So many months later, or earlier when below 0; on the last day of a month that has no such day. Stays within the years 1000 to 9999. */
export function shiftMonths(date: string, months: number): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const index = Math.min(Math.max(year * 12 + month - 1 + months, 1_000 * 12), 9_999 * 12 + 11);
  const lastDay = new Date(Date.UTC(Math.floor(index / 12), (index % 12) + 1, 0)).getUTCDate();
  return new Date(Date.UTC(Math.floor(index / 12), index % 12, Math.min(day, lastDay))).toISOString().slice(0, 10);
}

/** Never later than the last date of ten characters: nothing in the data is later either. */
export function nextDate(date: string, days: number): string {
  const next = Date.parse(`${date}T00:00:00Z`) + days * DAY_SECONDS * 1_000;
  return new Date(Math.min(next, Date.UTC(9999, 11, 31))).toISOString().slice(0, 10);
}
