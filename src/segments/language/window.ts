/** When: `{ last: 30d }`. Pure. */
import * as z from 'zod';
import { Duration, exactlyOne, OtherTrait, optional, When, written } from './value.ts';

/** From the shortest to the longest. Weeks start on Monday. */
export const PERIODS = ['day', 'week', 'month', 'quarter', 'year'] as const;
export type Period = (typeof PERIODS)[number];
const Period = z.enum(PERIODS, { error: 'day, week, month, quarter or year' });

const Periods = z.int({ error: 'a whole number of periods' }).min(1, 'a whole number, 1 or more').max(9_999, 'at most 9,999 periods');
export const PERIODS_OF = { days: 'day', weeks: 'week', months: 'month', quarters: 'quarter', years: 'year' } as const;
const SomePeriods = z
  .strictObject(optional({ days: Periods, weeks: Periods, months: Periods, quarters: Periods, years: Periods }))
  .superRefine(exactlyOne(Object.keys(PERIODS_OF), 'a number of periods'));

const A_PREVIOUS = 'day, week, month, quarter, year or { months: 3 }';

const fields = {
  last: Duration.optional(),
  /** `[30d, 90d]`: between 30 and 90 days ago. */
  between: z.tuple([Duration, Duration], { error: 'two lengths: [nearest, farthest]' }).optional(),
  /** With `to` or alone. Dates are whole days, both included; a moment as `to` is not included. */
  from: When.optional(),
  to: When.optional(),
  /** The period of the calendar in which `as_of` lies. */
  this: Period.optional(),
  /** The whole one before it, or so many whole ones: `{ months: 3 }`. */
  previous: z.union([z.enum(PERIODS, { error: A_PREVIOUS }), SomePeriods], { error: A_PREVIOUS }).optional(),
};

/** Each list is one form: its fields go together. */
const oneForm = (forms: readonly (readonly string[])[], message: string) => (window: object, context: z.RefinementCtx) => {
  const given = new Set(Object.entries(window).flatMap(([name, value]) => (value === undefined ? [] : [name])));
  if (forms.filter((names) => names.some((name) => given.has(name))).length === 1) return;
  context.addIssue({ code: 'custom', message });
};

/** Windows exclude their old end and include their new one: an event is in exactly one of two adjacent windows. */
export const During = z
  .strictObject(
    {
      ...fields,
      /** After that moment; a day counts from its start. Who has no value has no window: nothing is counted. */
      since: OtherTrait.optional(),
      /** That moment or day included. */
      until: OtherTrait.optional(),
    },
    written('a window such as { last: 30d }, { this: month } or { from: 2026-01-01 }'),
  )
  .superRefine(
    oneForm(
      [['last'], ['between'], ['from', 'to'], ['this'], ['previous'], ['since', 'until']],
      'takes one of { last: 30d }, { between: [30d, 90d] }, { from: 2026-01-01, to: 2026-01-31 }, { this: month }, { previous: month } and { since: { trait: … } }',
    ),
  );
export type During = z.output<typeof During>;

/** The window of a date: it may lie in the future. */
export const Within = z
  .strictObject({ ...fields, next: Duration.optional() }, written('a window such as { last: 30d }, { next: 30d } or { this: month }'))
  .superRefine(
    oneForm(
      [['last'], ['next'], ['between'], ['from', 'to'], ['this'], ['previous']],
      'takes one of { last: 30d }, { next: 30d }, { between: [30d, 90d] }, { from: 2026-01-01, to: 2026-01-31 }, { this: month } and { previous: month }',
    ),
  );
export type Within = z.output<typeof Within>;
