/** What must hold for one event: `{ property: revenue, gt: 20 }`, `{ column: source, is: web }`, `{ hour: { between: [18, 23] } }`. Pure. */
import * as z from 'zod';
import { PROPERTY_OPERATORS, propertyOperators } from './operators.ts';
import { DottedPath, exactlyOne, optional, written } from './value.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const Weekday = z.enum(WEEKDAYS, { error: 'mon, tue, wed, thu, fri, sat or sun' });

const Hour = z.int({ error: 'an hour from 0 to 23' }).min(0, 'an hour from 0 to 23').max(23, 'an hour from 0 to 23');
/** `between` includes both ends, and may go on past midnight: `[22, 5]`. */
const Hours = z
  .strictObject(
    optional({
      is: z.union([Hour, z.array(Hour).min(1, 'an empty list: no hour is none of them')], {
        error: 'an hour from 0 to 23, or a list of hours',
      }),
      gte: Hour,
      lte: Hour,
      gt: Hour.max(22, 'an hour from 0 to 22: no hour is later than 23'),
      lt: Hour.min(1, 'an hour from 1 to 23: no hour is earlier than 0'),
      between: z.tuple([Hour, Hour], { error: 'two hours: [first, last]' }),
    }),
    written('hours: { between: [18, 23] } or { is: [9, 10] }'),
  )
  .superRefine(exactlyOne(['is', 'gte', 'lte', 'gt', 'lt', 'between'], 'a comparison'));
export type Hours = z.output<typeof Hours>;

const SUBJECTS = ['property', 'column', 'hour', 'weekday'] as const;

export const EventFilter = z
  .strictObject({
    /** A path into the properties. */
    property: DottedPath.optional(),
    /** A column of the stream, such as `source`. */
    column: z.string().min(1).optional(),
    /** On the clock in the segment's zone. */
    hour: Hours.optional(),
    weekday: z
      .union([Weekday, z.array(Weekday).min(1, 'an empty list: no day is none of them')], { error: 'a day such as sat, or a list of days' })
      .optional(),
    ...optional(propertyOperators),
  })
  .superRefine((filter, context) => {
    const [subject, other] = SUBJECTS.filter((name) => filter[name] !== undefined);
    if (subject === undefined || other !== undefined) {
      const message =
        subject === undefined ? `needs one of ${SUBJECTS.join(', ')}` : `takes one of ${subject} and ${other}, not both: write two filters`;
      context.addIssue({ code: 'custom', message });
      return;
    }
    if (subject === 'property' || subject === 'column') exactlyOne(PROPERTY_OPERATORS, 'an operator')(filter, context);
    else if (PROPERTY_OPERATORS.some((name) => filter[name] !== undefined))
      context.addIssue({
        code: 'custom',
        message: `${subject} has its comparison inside: { hour: { between: [18, 23] } }, { weekday: [sat, sun] }`,
      });
  });
export type EventFilter = z.output<typeof EventFilter>;
