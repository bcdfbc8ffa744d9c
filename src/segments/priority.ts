/**
 * A priority list as a document: each of its segments leaves out the members of those before it, so that nobody is in two of them. Pure.
 *
 * @example
 * id: mail
 * title: One mail a week
 * segments: [win-back, upsell, newsletter]
 */
import * as z from 'zod';
import { Slug } from '../documents/slug.ts';

export const PriorityDefinition = z.strictObject({
  id: Slug,
  title: z.string().min(1, 'a title: what people call it').max(200, 'a title of at most 200 characters'),
  description: z.string().max(2_000, 'a description of at most 2,000 characters').optional(),
  /** Ids, the most important first. */
  segments: z
    .array(Slug)
    .min(2, 'the ids of two segments or more, the most important first')
    .max(50, 'at most 50 segments')
    .refine((ids) => new Set(ids).size === ids.length, 'each segment stands in a list once'),
});
export type PriorityDefinition = z.output<typeof PriorityDefinition>;
