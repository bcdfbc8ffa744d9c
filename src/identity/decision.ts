/** What a manual decision is. Pure. */
import * as z from 'zod';
import type { Identifier } from './identifier.ts';

/**
 * never_link: the two are never one profile, whatever the evidence; beats everything. force_link: they are one profile without evidence.
 * never_use: the value links nobody. erase: what was seen of the value until now is forgotten.
 */
export const PairKind = z.enum(['never_link', 'force_link']);
export const SingleKind = z.enum(['never_use', 'erase']);
export const DecisionKind = z.enum([...PairKind.options, ...SingleKind.options]);
export type DecisionKind = z.output<typeof DecisionKind>;

/** What is decided about which identifiers. */
export type Ruling =
  | { readonly kind: z.output<typeof PairKind>; readonly identifiers: readonly [Identifier, Identifier] }
  | { readonly kind: z.output<typeof SingleKind>; readonly identifiers: readonly [Identifier] };

/** A decision that was made. Identifiers are personal data: for whoever asked, never for a log. */
export interface Decision {
  readonly decision_id: string;
  readonly kind: string;
  readonly entity: string;
  /** `type:value`, as it was given. Null where a rejected line of the seed gives none. */
  readonly a: string | null;
  readonly b: string | null;
  readonly reason: string;
  readonly decided_by: string;
  /** ISO 8601, UTC; null for a line of the seed that does not say it. */
  readonly decided_at: string | null;
  /** Null while it is in force. */
  readonly revoked: { readonly by: string; readonly at: string; readonly reason: string } | null;
  /** Where it can be changed: the log through Sluice, the seed in the repository. */
  readonly recorded_in: 'log' | 'seed';
  /** Why the last build could not apply it; null when it did, or has not seen it yet. */
  readonly problem: string | null;
}

/** For a sentence: ' on 2026-03-01', or nothing where the time is not known. */
export const onDay = (decidedAt: string | null) => (decidedAt === null ? '' : ` on ${decidedAt.slice(0, 10)}`);
