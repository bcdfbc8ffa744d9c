/** When: `{ last: 30d }`. Pure. */
import * as z from 'zod';
import { Duration, When } from './value.ts';

/** Windows exclude their old end and include their new one: an event is in exactly one of two adjacent windows. */
export const During = z
  .strictObject({
    last: Duration.optional(),
    /** `[30d, 90d]`: between 30 and 90 days ago. */
    between: z.tuple([Duration, Duration], { error: 'two lengths: [nearest, farthest]' }).optional(),
    /** With `to` or alone. Dates are whole days, both included; a moment as `to` is not included. */
    from: When.optional(),
    to: When.optional(),
  })
  .superRefine((during, context) => {
    const forms = [during.last !== undefined, during.between !== undefined, during.from !== undefined || during.to !== undefined];
    if (forms.filter(Boolean).length === 1) return;
    context.addIssue({
      code: 'custom',
      message: 'takes one of { last: 30d }, { between: [30d, 90d] } and { from: 2026-01-01, to: 2026-01-31 }',
    });
  });
export type During = z.output<typeof During>;
