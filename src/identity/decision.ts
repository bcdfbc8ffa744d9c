/** What a manual decision is. Pure. */
import * as z from 'zod';
import type { Identifier } from './identifier.ts';

/**
 * never_link: the two are never one profile, whatever the evidence; it wins over everything. force_link: they are one profile without
 * evidence. never_use: the value links no identifiers. erase: everything seen of the value until now is forgotten.
 */
export const PairKind = z.enum(['never_link', 'force_link']);
export const SingleKind = z.enum(['never_use', 'erase']);
export const DecisionKind = z.enum([...PairKind.options, ...SingleKind.options]);
export type DecisionKind = z.output<typeof DecisionKind>;

/** The decision without its author and time: its kind and its identifiers. */
export type Ruling =
  | { readonly kind: z.output<typeof PairKind>; readonly identifiers: readonly [Identifier, Identifier] }
  | { readonly kind: z.output<typeof SingleKind>; readonly identifiers: readonly [Identifier] };

/** For a sentence: ' on 2026-03-01', or nothing where the time is not known. */
export const onDay = (decidedAt: string | null) => (decidedAt === null ? '' : ` on ${decidedAt.slice(0, 10)}`);
