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

/** A recorded decision. Identifiers are personal data: show them to the person who asked, never log them. */
export interface Decision {
  readonly decision_id: string;
  readonly kind: string;
  readonly entity: string;
  /** `type:value`, as it was given. Null when a rejected line of the seed gives none. */
  readonly a: string | null;
  readonly b: string | null;
  readonly reason: string;
  readonly decided_by: string;
  /** ISO 8601, UTC; null for a line of the seed without a time. */
  readonly decided_at: string | null;
  /** Null while it is in force. */
  readonly revoked: { readonly by: string; readonly at: string; readonly reason: string } | null;
  /** Where it can be changed: the log through Sluice, the seed in the repository. */
  readonly recorded_in: 'log' | 'seed';
  /** Why the last build could not apply it; null when it did, or has not seen it yet. */
  readonly problem: string | null;
}

/** For a sentence: ' on 2026-03-01', or nothing when the time is not known. */
export const onDay = (decidedAt: string | null) => (decidedAt === null ? '' : ` on ${decidedAt.slice(0, 10)}`);
