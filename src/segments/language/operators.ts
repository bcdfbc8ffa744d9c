/** The operators of a trait and of a property: one definition for the schema, the check and the editors. Pure. */
import * as z from 'zod';
import { Ordered, OtherTrait, Scalar, ScalarList, Text, When } from './value.ts';
import { Within } from './window.ts';

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
  before: When,
  after: When,
  has_any: ScalarList,
  has_all: ScalarList,
  has_none: ScalarList,
};

const orOtherTrait = <T extends z.ZodType>(operand: T, error: string) => z.union([operand, OtherTrait], { error });

export const traitOperators = {
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
