/** The operators of a trait and of a property: one definition for the schema, the check and the editors. Pure. */
import * as z from 'zod';
import { Anniversary } from './anniversary.ts';
import { Calculation } from './calculation.ts';
import { Count } from './count.ts';
import { Rank } from './rank.ts';
import { Ordered, OtherTrait, Scalar, ScalarList, Text, When, whenError } from './value.ts';
import { Within } from './window.ts';

/** `now` is the moment that the segment is asked for; of a day without a time it is today. */
const WHEN_OR_NOW = 'now, a date like 2026-03-31, or a moment with its offset like 2026-03-31T09:00:00Z';
const WhenOrNow = z
  .string({ error: WHEN_OR_NOW })
  .refine((text) => text === 'now' || When.safeParse(text).success, { error: ({ input }) => whenError(input, WHEN_OR_NOW) });

/** Operators of a filter, and of a trait except for the comparison with another trait. Exactly one per condition. */
export const propertyOperators = {
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
  within: Within,
  before: WhenOrNow,
  after: WhenOrNow,
  /** The same day of a later year. */
  anniversary: Anniversary,
  has_any: ScalarList,
  has_all: ScalarList,
  has_none: ScalarList,
  /** Number of items in the list. */
  size: Count,
};

const NO_OPERAND = 'a value: null is none, and `missing: true` finds those without one';
const orOtherTrait = <T extends z.ZodType>(operand: T, error: string) => z.union([operand, OtherTrait], { error });
const orCalculation = <T extends z.ZodType>(operand: T, what: string) =>
  z.union([operand, Calculation], {
    error: ({ input }) => (input === null ? NO_OPERAND : `${what} or { trait: … }, with times, plus and minus where it is calculated`),
  });

export const traitOperators = {
  ...propertyOperators,
  is: orCalculation(propertyOperators.is, 'a value, a list of values'),
  is_not: orCalculation(propertyOperators.is_not, 'a value, a list of values'),
  gt: orCalculation(Ordered, 'a number, a date'),
  gte: orCalculation(Ordered, 'a number, a date'),
  lt: orCalculation(Ordered, 'a number, a date'),
  lte: orCalculation(Ordered, 'a number, a date'),
  before: orOtherTrait(WhenOrNow, 'now, a date or { trait: … }'),
  after: orOtherTrait(WhenOrNow, 'now, a date or { trait: … }'),
  /** Those with the greatest, or the least, values among all entities that have one. */
  top: Rank,
  bottom: Rank,
};

export type Operator = keyof typeof traitOperators;
export const OPERATORS = Object.keys(traitOperators) as Operator[];
export const PROPERTY_OPERATORS = Object.keys(propertyOperators) as (keyof typeof propertyOperators)[];
