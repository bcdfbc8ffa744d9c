/** The same day of a later year: which days of the year are looked for, and of which years. Pure. */
import { type DateContext, dateIn } from './calendar.ts';
import { nextDate } from './calendar-dates.ts';
import type { AnniversaryTest } from './checked.ts';
import type { Parameters } from './compile-parameters.ts';
import { both, either, type Predicate, tight } from './predicate.ts';

/** `1231` is the last of December. */
interface DaysOfYear {
  readonly year: number;
  readonly first: number;
  readonly last: number;
}

/** `number`: SQL of the day as a number, such as 20260331, in the segment's zone. */
export function isAnniversary(number: string, when: AnniversaryTest['when'], clock: DateContext, parameters: Parameters): Predicate {
  const day = (value: number) => parameters.add('UInt32', value);
  return either(
    daysOfYear(when, clock).map(({ year, first, last }) =>
      both([
        tight(first === last ? `${number} % 10000 = ${day(first)}` : `(${number} % 10000 between ${day(first)} and ${day(last)})`),
        tight(`${number} < ${day(year * 10_000)}`),
      ]),
    ),
  );
}

/** At most two stretches: a window that goes past the turn of the year has one in each year. */
export function daysOfYear(when: AnniversaryTest['when'], { asOfMs, timezone }: DateContext): DaysOfYear[] {
  const today = dateIn(asOfMs, timezone);
  const [first, last] =
    when === 'today'
      ? [today, today]
      : when.is === 'next'
        ? [nextDate(today, 1), nextDate(today, when.days)]
        : [nextDate(today, 1 - when.days), today];
  const [firstYear, lastYear] = [yearOf(first), yearOf(last)];
  if (firstYear === lastYear) return [{ year: firstYear, first: dayOf(first), last: withLeapDay(last) }];
  return [
    { year: firstYear, first: dayOf(first), last: 1231 },
    { year: lastYear, first: 101, last: withLeapDay(last) },
  ];
}

const yearOf = (date: string) => Number(date.slice(0, 4));
const dayOf = (date: string) => Number(date.slice(5, 7)) * 100 + Number(date.slice(8));

/** In a year without a 29 February, what belongs to that day is kept on 28 February. */
function withLeapDay(last: string): number {
  const isLastOfFebruary = dayOf(last) === 228 && dayOf(nextDate(last, 1)) === 301;
  return isLastOfFebruary ? 229 : dayOf(last);
}
