/** `{ event: Order Completed, count: { gte: 3 }, during: { last: 365d } }` Pure. */
import * as z from 'zod';
import { Amounts, Edge, EventCount, EventName, EventNames, Filters, ValueCount } from './measure.ts';
import { During } from './window.ts';

const AnyEvent = z.strictObject({ any: z.literal(true, { error: 'true' }) });

/** At most one of them: what is asked of all the events together. */
export const MEASURES = ['count', 'sum', 'avg', 'min', 'max', 'distinct', 'repeats', 'first', 'last'] as const;

export const EventNode = z
  .strictObject({
    event: z.union([EventName, EventNames, AnyEvent], { error: 'the name of an event, a list of names, or { any: true }' }),
    /** At least once when left out; `{ eq: 0 }` is absence. */
    count: EventCount.optional(),
    /** Of the numbers that a property has. Of no numbers there is none, and nothing holds. */
    sum: Amounts.optional(),
    avg: Amounts.optional(),
    min: Amounts.optional(),
    max: Amounts.optional(),
    /** So many values of a property that differ. */
    distinct: ValueCount.optional(),
    /** Some one value of a property occurs so many times. */
    repeats: ValueCount.optional(),
    first: Edge.optional(),
    last: Edge.optional(),
    /** Everything until `as_of` when left out. */
    during: During.optional(),
    /** All of them must hold for the same event. */
    where: Filters.optional(),
  })
  .superRefine((node, context) => {
    const given = MEASURES.filter((name) => node[name] !== undefined);
    if (given.length <= 1) return;
    context.addIssue({
      code: 'custom',
      message: `takes one of ${given.join(' and ')}: write a condition for each, and join them with \`all\``,
    });
  });
export type EventNode = z.output<typeof EventNode>;
