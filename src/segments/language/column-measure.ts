/** What is measured over rows, beside how many there are: `sum: { column: amount, gte: 200 }`. Pure. */
import * as z from 'zod';
import { Count } from './count.ts';
import { orOtherWindow } from './measure.ts';
import { DottedPath, exactlyOne, Ordered, optional, When } from './value.ts';

const Compared = orOtherWindow(Ordered, 'a number or a date');
const comparisons = {
  eq: Compared,
  gt: Compared,
  gte: Compared,
  lt: Compared,
  lte: Compared,
  /** Both ends included. */
  between: z.tuple([Ordered, Ordered], { error: 'two values: [lowest, highest]' }),
  /** Of a smallest or greatest date. */
  before: When,
  after: When,
};
export const MEASURE_OPERATORS = Object.keys(comparisons) as (keyof typeof comparisons)[];

/** `sum`, `avg`, `min`, `max`. */
export const MeasuredColumn = z
  .strictObject({ column: DottedPath, ...optional(comparisons) })
  .superRefine(exactlyOne(MEASURE_OPERATORS, 'a comparison'));
export type MeasuredColumn = z.output<typeof MeasuredColumn>;

/** `distinct`: how many different values; `repeats`: how often some one value occurs. */
export const CountedColumn = z
  .strictObject({ column: DottedPath, ...Count.shape })
  .superRefine(exactlyOne(Object.keys(Count.shape), 'a comparison'));
export type CountedColumn = z.output<typeof CountedColumn>;
