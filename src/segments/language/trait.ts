/** `{ trait: lifetime_value, gte: 250 }` Pure. */
import * as z from 'zod';
import { OPERATORS, traitOperators } from './operators.ts';
import { exactlyOne, optional } from './value.ts';

export const TraitNode = z
  .strictObject({ trait: z.string().min(1), ...optional(traitOperators) })
  .superRefine(exactlyOne(OPERATORS, 'an operator'));
export type TraitNode = z.output<typeof TraitNode>;
