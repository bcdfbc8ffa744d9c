/**
 * The segment language, version 1. This schema is its only definition: YAML in activations/segments/ and JSON at the API are the same
 * document. check-against-catalogue.ts decides whether its names exist and its operators fit. Pure.
 *
 * @example
 * id: loyal-lapsing
 * title: Loyal, going quiet
 * entity: person
 * where:
 *   all:
 *     - { trait: country_code, is: [NL, BE] }
 *     - { event: Order Completed, count: { gte: 3 }, during: { last: 365d }, where: [ { property: revenue, gt: 20 } ] }
 *     - { event: Order Completed, count: { eq: 0 }, during: { last: 60d } }
 *     - not: { segment: suppressed }
 */
import * as z from 'zod';
import { Schedule } from '../documents/schedule.ts';
import { Slug } from '../documents/slug.ts';
import { isTimezone } from '../timezone.ts';

export const DURATION = /^([1-9]\d{0,4})(h|d|w)$/;
/** A rolling length: a day is 24 hours, whatever daylight saving time does. */
const Duration = z.string({ error: 'a length like 12h, 30d or 8w' }).regex(DURATION, 'a length like 12h, 30d or 8w');

const DATE = /^(?!0000)\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
export const isDate = (text: string) =>
  DATE.test(text) && isReal(`${text}T00:00:00Z`) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
export const isMoment = (text: string) => MOMENT.test(text) && isDate(text.slice(0, 10)) && isReal(text);
const isReal = (text: string) => !Number.isNaN(Date.parse(text));

const When = z
  .string({ error: 'a date like 2026-03-31, or a moment with its offset like 2026-03-31T09:00:00Z' })
  .refine((text) => isDate(text) || isMoment(text), 'a date like 2026-03-31, or a moment with its offset like 2026-03-31T09:00:00Z');

/** Characters of one value. It is sent as one form field, of which ClickHouse takes 128 KiB (http_max_field_value_size). */
const MAX_CHARACTERS = 10_000;
const counted = (count: number) => count.toLocaleString('en');
const Text = z
  .string()
  .min(1, 'an empty text: `missing: true` finds those without a value')
  .max(MAX_CHARACTERS, `a text of at most ${counted(MAX_CHARACTERS)} characters`)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'a text without NUL and without halves of characters');

/** JSON.parse rounds numbers past 2^53 without an error, so such a number may have lost digits before it came here. */
const NumberValue = z
  .number({ error: (issue) => (isTooLarge(issue.input) ? 'a number below 1.8e308 that is one' : undefined) })
  .refine((number) => !Number.isInteger(number) || Number.isSafeInteger(number), {
    error: 'whole numbers past 9007199254740991 lose digits in JSON: write the number in quotes, and it is compared as it is written',
  });
const isTooLarge = (input: unknown) => typeof input === 'number' && !Number.isFinite(input);

const Scalar = z.union([Text, NumberValue, z.boolean()], {
  error: ({ input }) =>
    input === null ? 'a value: null is none, and `missing: true` finds those without one' : 'a text, a number, true or false',
});
const MAX_LIST_VALUES = 10_000;
const MAX_LIST_CHARACTERS = 1_000_000;
const charactersOf = (values: readonly unknown[]) => values.reduce<number>((sum, value) => sum + String(value).length, 0);
const ScalarList = z
  .array(Scalar, { error: 'a list of values' })
  .min(1, 'an empty list matches no member')
  .max(MAX_LIST_VALUES, `a list of at most ${counted(MAX_LIST_VALUES)} values: put a longer one into a table, as a trait`)
  .refine(
    (values) => charactersOf(values) <= MAX_LIST_CHARACTERS,
    `a list of at most ${counted(MAX_LIST_CHARACTERS)} characters: put a longer one into a table, as a trait`,
  );
const OtherTrait = z.strictObject({ trait: z.string().min(1) });
const Ordered = z.union([NumberValue, Text], { error: 'a number or a date' });

const exactlyOne = (names: readonly string[], what: string) => (value: object, context: z.RefinementCtx) => {
  const given = names.filter((name) => name in value);
  if (given.length === 1) return;
  const message =
    given.length === 0 ? `${what}: one of ${names.join(', ')}` : `one of ${given.join(' and ')}, not both: join conditions with \`all\``;
  context.addIssue({ code: 'custom', message: given.length === 0 ? `needs ${message}` : `takes ${message}` });
};

/** Operators of a property filter, and of a trait except for the comparison with another trait. Exactly one per condition. */
const propertyOperators = {
  is: z.union([Scalar, ScalarList], { error: 'a value or a list of values' }),
  is_not: z.union([Scalar, ScalarList], { error: 'a value or a list of values' }),
  in: ScalarList,
  not_in: ScalarList,
  /** `contains`, `starts_with` and `ends_with` ignore case. `is`, `in` and `has_…` are exact. */
  contains: Text,
  starts_with: Text,
  ends_with: Text,
  /** RE2, found anywhere; `(?i)` ignores case. */
  matches: Text,
  gt: Ordered,
  gte: Ordered,
  lt: Ordered,
  lte: Ordered,
  /** Both ends included. */
  between: z.tuple([Ordered, Ordered], { error: 'two values: [lowest, highest]' }),
  exists: z.literal(true, { error: 'true; for the opposite write `missing: true`' }),
  missing: z.literal(true, { error: 'true; for the opposite write `exists: true`' }),
  within: z.strictObject({ last: Duration.optional(), next: Duration.optional() }).superRefine(exactlyOne(['last', 'next'], 'a direction')),
  before: When,
  after: When,
  has_any: ScalarList,
  has_all: ScalarList,
  has_none: ScalarList,
};

const orOtherTrait = <T extends z.ZodType>(operand: T, error: string) => z.union([operand, OtherTrait], { error });

const traitOperators = {
  ...propertyOperators,
  is: orOtherTrait(propertyOperators.is, 'a value, a list of values or { trait: … }'),
  is_not: orOtherTrait(propertyOperators.is_not, 'a value, a list of values or { trait: … }'),
  gt: orOtherTrait(Ordered, 'a number, a date or { trait: … }'),
  gte: orOtherTrait(Ordered, 'a number, a date or { trait: … }'),
  lt: orOtherTrait(Ordered, 'a number, a date or { trait: … }'),
  lte: orOtherTrait(Ordered, 'a number, a date or { trait: … }'),
  before: orOtherTrait(When, 'a date or { trait: … }'),
  after: orOtherTrait(When, 'a date or { trait: … }'),
};

export type Operator = keyof typeof traitOperators;
export const OPERATORS = Object.keys(traitOperators) as Operator[];
export const PROPERTY_OPERATORS = Object.keys(propertyOperators) as (keyof typeof propertyOperators)[];

export const PropertyFilter = z
  .strictObject({ property: z.string().min(1).max(1_000, 'a path of at most 1,000 characters'), ...optional(propertyOperators) })
  .superRefine(exactlyOne(PROPERTY_OPERATORS, 'an operator'));
export type PropertyFilter = z.output<typeof PropertyFilter>;

const TraitNode = z
  .strictObject({ trait: z.string().min(1), ...optional(traitOperators) })
  .superRefine(exactlyOne(OPERATORS, 'an operator'));
export type TraitNode = z.output<typeof TraitNode>;

const Times = z.int({ error: 'a whole number' }).min(0, 'a whole number, 0 or more').max(1_000_000_000);
export const COUNT_OPERATORS = ['eq', 'gte', 'lte', 'gt', 'lt', 'between'] as const;
const Count = z
  .strictObject(
    optional({
      eq: Times,
      gte: Times,
      lte: Times,
      gt: Times,
      lt: Times,
      between: z.tuple([Times, Times], { error: 'two numbers: [lowest, highest]' }),
    }),
  )
  .superRefine(exactlyOne(COUNT_OPERATORS, 'a comparison'));

/** Windows exclude their old end and include their new one: an event is in exactly one of two adjacent windows. */
const During = z
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

const EventName = Text.max(500, 'a name of at most 500 characters');
const EventNode = z.strictObject({
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

const SegmentNode = z.strictObject({ segment: Slug });

export type Node = { all: Node[] } | { any: Node[] } | { not: Node } | TraitNode | EventNode | z.output<typeof SegmentNode>;

/** The key that tells the kind of a node, in the order of the union below. */
export const NODE_KEYS = ['all', 'any', 'not', 'trait', 'event', 'segment'] as const;

const EMPTY_GROUP = 'an empty group: it would match all members or none, so say which conditions';

export const Node: z.ZodType<Node> = z.union([
  z.strictObject({ all: z.lazy(() => z.array(Node).min(1, EMPTY_GROUP)) }),
  z.strictObject({ any: z.lazy(() => z.array(Node).min(1, EMPTY_GROUP)) }),
  z.strictObject({ not: z.lazy(() => Node) }),
  TraitNode,
  EventNode,
  SegmentNode,
]);

/** Limits that stop a version which looks wrong; `--force` publishes it all the same. */
const Guard = z
  .strictObject({
    /** May be empty although the last version was not. */
    allow_empty: z.boolean().default(false),
    /**
     * The new version may have at most this many times the members of the last one (which must have at least 100: small audiences vary a
     * lot).
     */
    max_growth: z.number().min(1, 'a number of times, 1 or more').default(5),
    /**
     * Share of the members of the last version (of at least 100) that may be missing in the new one; 0.8 is 80 %. The default matches
     * max_growth: one fifth is as unlikely as five times as many.
     */
    max_shrink: z.number().min(0, 'a share from 0 to 1').max(1, 'a share from 0 to 1: 0.8 is 80 %').default(0.8),
    min_members: z.int().min(0).optional(),
    max_members: z.int().min(1).optional(),
  })
  .refine(({ min_members: min = 0, max_members: max = Number.POSITIVE_INFINITY }) => min <= max, {
    path: ['max_members'],
    error: 'min_members is larger than max_members',
  });

export const SegmentDefinition = z.strictObject({
  id: Slug,
  title: z.string().min(1, 'a title: what people call it').max(200, 'a title of at most 200 characters'),
  description: z.string().max(2_000, 'a description of at most 2,000 characters').optional(),
  entity: z.string().min(1),
  where: Node,
  /** The moment that the conditions are evaluated for; the moment of the run when left out. */
  as_of: When.optional(),
  /** IANA zone of dates in this segment; the workspace's when left out. */
  timezone: z.string().refine(isTimezone, 'an IANA time zone such as Europe/Amsterdam').optional(),
  guard: Guard.prefault({}),
  /** When it is published automatically; `after: build` follows the data. */
  schedule: Schedule.optional(),
});
export type SegmentDefinition = z.output<typeof SegmentDefinition>;

function optional<S extends Record<string, z.ZodType>>(shape: S): { [K in keyof S]: z.ZodOptional<S[K]> } {
  return Object.fromEntries(Object.entries(shape).map(([key, type]) => [key, type.optional()])) as { [K in keyof S]: z.ZodOptional<S[K]> };
}
