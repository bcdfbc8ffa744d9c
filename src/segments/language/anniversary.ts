/** `{ next: 7d }`, `{ last: 2w }`, `today`: the same day of a later year. Pure. */
import * as z from 'zod';
import { exactlyOne, optional } from './value.ts';

/** A calendar day has no hours, and with more than a year every day would be found. */
const DAYS = /^([1-9]\d{0,3})(d|w)$/;
const MAX_DAYS = 365;
const EXPECTED = `whole days or weeks, like 7d or 2w, ${MAX_DAYS} days at most: anniversaries come every year`;

export const daysIn = (length: string): number => {
  const [, amount = '0', unit = 'd'] = DAYS.exec(length) ?? [];
  return Number(amount) * (unit === 'w' ? 7 : 1);
};

const Days = z.string({ error: EXPECTED }).refine((length) => DAYS.test(length) && daysIn(length) <= MAX_DAYS, EXPECTED);

export const Anniversary = z.union(
  [
    z.literal('today', { error: 'today, { next: 7d } or { last: 7d }' }),
    z.strictObject(optional({ next: Days, last: Days })).superRefine(exactlyOne(['next', 'last'], 'a direction')),
  ],
  { error: 'today, { next: 7d } or { last: 7d }' },
);
export type Anniversary = z.output<typeof Anniversary>;
