/** `{ event: Order Completed, count: { gte: 3 }, during: { last: 365d } }` Pure. */
import * as z from 'zod';
import { Count } from './count.ts';
import { PropertyFilter } from './operators.ts';
import { Text } from './value.ts';
import { During } from './window.ts';

const EventName = Text.max(500, 'a name of at most 500 characters');
export const EventNode = z.strictObject({
  event: z.union([EventName, z.array(EventName).min(1, 'an empty list: no event is of no name').max(500, 'at most 500 names')], {
    error: 'the name of an event, or a list of names',
  }),
  /** At least once when left out; `{ eq: 0 }` is absence. */
  count: Count.optional(),
  /** Everything until `as_of` when left out. */
  during: During.optional(),
  /** All of them must hold for the same event. */
  where: z.array(PropertyFilter).min(1, 'an empty list: leave `where` out').optional(),
});
export type EventNode = z.output<typeof EventNode>;
