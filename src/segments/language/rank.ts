/** `{ share: 0.1 }`, `{ count: 100, per: { trait: favourite_store_id } }`: who has the greatest or the least values. Pure. */
import * as z from 'zod';
import { OtherTrait, optional, written } from './value.ts';

/** With more digits a share of a billion entities would not fit into 64 bits. */
const MAX_DIGITS = 6;
const Share = z
  .number({ error: 'a share: 0.1 is 10 %' })
  .gt(0, 'a share above 0: 0.1 is 10 %')
  .max(1, 'a share of at most 1: 0.1 is 10 %')
  .refine((share) => Number(share.toFixed(MAX_DIGITS)) === share, `a share with at most ${MAX_DIGITS} digits after the point`);

export const Rank = z
  .strictObject(
    {
      ...optional({ share: Share, count: z.int({ error: 'a whole number' }).min(1, 'a whole number, 1 or more').max(1_000_000_000) }),
      /** The best of each value of another trait: of each store, of each country. */
      per: OtherTrait.optional(),
    },
    written('how many: { count: 100 } or { share: 0.1 }'),
  )
  .superRefine(({ share, count }, context) => {
    if ((share === undefined) === (count === undefined))
      context.addIssue({ code: 'custom', message: 'takes one of { share: 0.1 } and { count: 100 }, with or without `per: { trait: … }`' });
  });
export type Rank = z.output<typeof Rank>;
