/** `{ sequence: [ { event: Product Added }, { none: Order Completed, within: 24h } ] }` Pure. */
import * as z from 'zod';
import { Count } from './count.ts';
import { EventNode } from './event.ts';
import { NamedEvent as Events } from './measure.ts';
import { DURATION, Duration, Text, UNIT_MS, written } from './value.ts';

/** A length of exactly so many milliseconds. */
const EXACT = /^([1-9]\d{0,4})(min|h|d|w)$/;
const EXACT_WORDS = 'an exact length like 30min, 24h, 30d or 8w';
const ExactGap = z.string({ error: EXACT_WORDS }).regex(EXACT, {
  error: ({ input }) => (DURATION.test(String(input)) ? `${EXACT_WORDS}: only \`within\` counts in months` : EXACT_WORDS),
});

const Yes = z.literal(true, { error: 'true; leave it out for any of these events' });
const { where: Where } = EventNode.shape;

/** Events that may not lie between two steps. */
const Between = z.strictObject({ event: Events, where: Where });

/** An event of the order, or, as the last step, the absence of one. */
export const Step = z.strictObject(
  {
    event: Events.optional(),
    /** No such event after the step before; within that time, when it is given. */
    none: Events.optional(),
    where: Where,
    /** Of all events of this step, only the first or the last one. */
    first: Yes.optional(),
    last: Yes.optional(),
    /** At most, and at least, this long after the step before. Both ends included. */
    within: Duration.optional(),
    after: ExactGap.optional(),
    /** None of these between the step before and this one. */
    without: z.array(Between).min(1, 'an empty list: leave `without` out').max(10, 'at most 10 kinds of events').optional(),
  },
  written('a step such as { event: Order Completed, within: 24h }'),
);
export type Step = z.output<typeof Step>;

const MAX_STEPS = 10;
const Properties = z
  .array(Text.max(1_000, 'a path of at most 1,000 characters'), { error: 'a list of properties, like [product_id]' })
  .min(1, 'an empty list: leave it out')
  .max(5, 'at most 5 properties');

export const SequenceNode = z
  .strictObject({
    sequence: z
      .array(Step, { error: 'a list of steps' })
      .min(2, 'at least two steps: an event alone is `{ event: … }`')
      .max(MAX_STEPS, `at most ${MAX_STEPS} steps`),
    /** Properties that are the same in all events of one run through the steps. */
    same: Properties.optional(),
    /** A property that differs between the events of the two steps. */
    different: Properties.max(1, 'one property: two events can be compared by one').optional(),
    /** Runs through the steps, each later than the one before. At least one when left out. */
    times: Count.optional(),
    /** When the events of the steps are; everything until `as_of` when left out. */
    during: EventNode.shape.during,
  })
  .superRefine(({ sequence, different, during }, context) => {
    const refuse = (path: readonly (string | number)[], message: string) => context.addIssue({ code: 'custom', path: [...path], message });
    for (const [index, step] of sequence.entries())
      refuseStep(step, index, sequence.length, (path, message) => refuse(['sequence', index, ...path], message));
    const tooShort = during?.last === undefined ? undefined : tooShortFor(sequence, during.last);
    if (tooShort !== undefined) refuse(['during', 'last'], tooShort);
    if (different !== undefined && sequence.filter(({ event }) => event !== undefined).length !== 2)
      refuse(
        ['different'],
        'compares two events: it takes a sequence with exactly two steps that are events. Other values among many events: `{ event: …, distinct: … }`',
      );
  });
export type SequenceNode = z.output<typeof SequenceNode>;

function refuseStep(step: Step, index: number, length: number, refuse: (path: readonly string[], message: string) => void): void {
  const given = (['event', 'none'] as const).filter((word) => step[word] !== undefined);
  if (given.length !== 1) {
    refuse([], `a step has ${given.length === 0 ? 'event or none' : 'one of event and none, not both'}`);
    return;
  }
  if (step.first && step.last) refuse(['last'], 'a step takes one of first and last, not both');
  if (step.after !== undefined && step.within !== undefined && gapMilliseconds(step.after) > longestMilliseconds(step.within))
    refuse(['after'], `is longer than within: no time is left between ${step.after} and ${step.within}`);
  const unfit = unfitOf(step, index, length);
  if (unfit) refuse([], unfit);
}

/** Words of one step that do not fit its place, as a message. */
function unfitOf(step: Step, index: number, length: number): string | undefined {
  const among = (words: readonly (keyof Step)[]) => words.filter((word) => step[word] !== undefined).join(' and ');
  if (index === 0 && step.none !== undefined)
    return '`none` cannot be the first step: for people without an event write `{ event: …, count: { eq: 0 } }`';
  if (step.none !== undefined && index < length - 1)
    return '`none` can only be the last step: events that may not lie between two steps are the `without` of the later one';
  const ofFirst = among(['within', 'after', 'without']);
  if (index === 0 && ofFirst !== '')
    return `the first step has no step before it: ${ofFirst} ${ofFirst.includes(' ') ? 'belong' : 'belongs'} to a later one`;
  const ofNone = among(['first', 'last', 'after', 'without']);
  if (step.none !== undefined && ofNone !== '') return `\`none\` takes where and within only, not ${ofNone}`;
  return undefined;
}

const DAY_MS = 86_400_000;
/** Days that a unit of the calendar has at least and at most. Clocks that change add an hour to either. */
const DAYS: Readonly<Record<string, readonly [number, number]>> = { mo: [28, 31], q: [89, 92], y: [365, 366] };

/** Of an exact length. */
export const gapMilliseconds = (gap: string): number => extremes(gap)[0];

const longestMilliseconds = (gap: string): number => extremes(gap)[1];

/** The shortest and the longest that it can be. */
function extremes(gap: string): readonly [number, number] {
  const [, amount = '', unit = ''] = DURATION.exec(gap) ?? [];
  const exact = UNIT_MS[unit];
  if (exact !== undefined) return [Number(amount) * exact, Number(amount) * exact];
  const [least, most] = DAYS[unit] ?? [0, 0];
  return [(Number(amount) * least - 1) * DAY_MS, (Number(amount) * most + 1) * DAY_MS];
}

/** Why no run can be within the last so long: what has to pass between its first step and `as_of` takes as long at least. */
function tooShortFor(steps: readonly Step[], last: string): string | undefined {
  const needed = steps
    .flatMap(({ after, none, within }) => [after, none === undefined ? undefined : within])
    .filter((gap) => gap !== undefined);
  const least = needed.reduce((total, gap) => total + extremes(gap)[0], 0);
  if (needed.length === 0 || least < longestMilliseconds(last)) return undefined;
  return `is too short: from the first step until ${needed.join(' and ')} have passed it takes as long at least, so nothing is ever found`;
}
