/** What is asked of all events of a condition together: `sum: { property: revenue, gte: 200 }`. Pure. */
import * as z from 'zod';
import { COUNT_OPERATORS, countError, countOperators } from './count.ts';
import { EventFilter } from './filter.ts';
import { DottedPath, exactlyOne, Ordered, optional, Text, written } from './value.ts';
import { During } from './window.ts';

export const EventName = Text.max(500, 'a name of at most 500 characters');
export const EventNames = z.array(EventName).min(1, 'an empty list: no event is of no name').max(500, 'at most 500 names');
/** Where each event must have a name. */
export const NamedEvent = z.union([EventName, EventNames], { error: 'the name of an event, or a list of names' });

/** The same measure over another window, times a factor, divided by a number of periods. */
export const OtherWindow = z.strictObject({
  times: Ordered.optional(),
  of: z.strictObject({
    during: During,
    per: z.int({ error: 'a whole number' }).min(1, 'a whole number, 1 or more').max(1_000, 'at most 1,000').optional(),
  }),
});
export type OtherWindow = z.output<typeof OtherWindow>;

export const orOtherWindow = <T extends z.ZodType>(operand: T, what: string) =>
  z.union([operand, OtherWindow], { error: `${what}, or { times: 0.5, of: { during: { previous: month } } }` });

const { between: countBetween, ...countComparisons } = countOperators;
const comparedCounts = Object.fromEntries(
  Object.entries(countComparisons).map(([name, operand]) => [name, orOtherWindow(operand, 'a whole number')]),
) as { [K in keyof typeof countComparisons]: ReturnType<typeof orOtherWindow<(typeof countComparisons)[K]>> };

export const EventCount = z
  .strictObject(optional({ ...comparedCounts, between: countBetween }), { error: countError })
  .superRefine(exactlyOne(COUNT_OPERATORS, 'a comparison'));
export type EventCount = z.output<typeof EventCount>;

const Amount = orOtherWindow(Ordered, 'a number');
const amounts = {
  eq: Amount,
  gte: Amount,
  lte: Amount,
  gt: Amount,
  lt: Amount,
  /** Both ends included. */
  between: z.tuple([Ordered, Ordered], { error: 'two numbers: [lowest, highest]' }),
};

/** A path into the properties, or a column of the stream. */
const subject = { property: DottedPath.optional(), column: z.string().min(1).optional() };
const oneSubject = exactlyOne(['property', 'column'], 'what to measure');

export const Amounts = z
  .strictObject({ ...subject, ...optional(amounts) }, written('what to measure and a comparison: { property: revenue, gte: 200 }'))
  .superRefine(oneSubject)
  .superRefine(exactlyOne(COUNT_OPERATORS, 'a comparison'));
export type Amounts = z.output<typeof Amounts>;

export const ValueCount = z
  .strictObject({ ...subject, ...optional(countOperators) }, written('what to look at and how many: { property: sku, gte: 3 }'))
  .superRefine(oneSubject)
  .superRefine(exactlyOne(COUNT_OPERATORS, 'a comparison'));
export type ValueCount = z.output<typeof ValueCount>;

export const Filters = z
  .array(EventFilter, { error: 'a list of filters: [ { property: revenue, gt: 20 } ]' })
  .min(1, 'an empty list: leave `where` out');

/** What the first or the last of the events is. */
export const Edge = z
  .strictObject({ event: NamedEvent.optional(), where: Filters.optional() }, written('what it is: { event: … }, { where: […] } or both'))
  .refine(({ event, where }) => event !== undefined || where !== undefined, 'needs what it is: `event`, `where` or both');
export type Edge = z.output<typeof Edge>;
