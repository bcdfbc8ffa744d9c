/** How many: `{ gte: 3 }`. Pure. */
import * as z from 'zod';
import { exactlyOne, optional } from './value.ts';

const Times = z.int({ error: 'a whole number' }).min(0, 'a whole number, 0 or more').max(1_000_000_000);
export const COUNT_OPERATORS = ['eq', 'gte', 'lte', 'gt', 'lt', 'between'] as const;
export const countOperators = {
  eq: Times,
  gte: Times,
  lte: Times,
  gt: Times,
  lt: Times.min(1, 'a whole number, 1 or more: nothing is there less than 0 times'),
  between: z.tuple([Times, Times], { error: 'two numbers: [lowest, highest]' }),
};
/** `count: 3` is written often: the message shows the comparison that was meant. */
export const countError = ({ code, input }: { readonly code?: string | undefined; readonly input?: unknown }) =>
  code === 'invalid_type' ? `a comparison: { gte: ${typeof input === 'number' ? input : 3} }, or { eq: … }, { between: […] }` : undefined;

export const Count = z
  .strictObject(optional(countOperators), { error: countError })
  .superRefine(exactlyOne(COUNT_OPERATORS, 'a comparison'));
export type Count = z.output<typeof Count>;
