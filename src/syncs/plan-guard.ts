/** Whether the removals of a plan may be sent. Pure. */
import type { SyncDefinition } from './definition.ts';

export interface Removals {
  readonly removes: number;
  /** The part of the removals that were accepted before and are only repeated, by a resync. */
  readonly repeated?: number;
  /** Keys that the destination holds because of us. */
  readonly there: number;
  readonly sourceIsEmpty: boolean;
  /** A person has read the removals and allows this run that many. */
  readonly allowed?: number | undefined;
}

export type GuardDecision =
  | { readonly verdict: 'send' }
  /** Everything except the removals is sent (with an empty source there is nothing else). */
  | { readonly verdict: 'withhold'; readonly message: string }
  | { readonly verdict: 'refuse'; readonly message: string };

/**
 * An empty source is far more often a broken model than a company without customers, so it removes nothing unless the sync says so. And no
 * run removes more than the declared share of the rows at the destination.
 */
export function guardRemovals(removals: Removals, guard: SyncDefinition['guard']): GuardDecision {
  const { there, sourceIsEmpty, allowed } = removals;
  if (allowed !== undefined) {
    if (removals.removes <= allowed) return { verdict: 'send' };
    return {
      verdict: 'refuse',
      message: `The run would remove ${removals.removes} rows, and ${allowed} were allowed. Nothing was sent.`,
    };
  }
  const removes = removals.removes - (removals.repeated ?? 0);
  if (removes <= 0) return { verdict: 'send' };
  if (sourceIsEmpty) {
    if (guard.allow_empty) return { verdict: 'send' };
    return {
      verdict: 'withhold',
      message: `The source is empty: ${removals.removes} removals were withheld. \`sluice sync run --allow-removals ${removals.removes}\` sends them once, guard.allow_empty: true always.`,
    };
  }
  const share = removes / there;
  if (share <= guard.max_removed_share) return { verdict: 'send' };
  const percent = (value: number) => `${Math.round(value * 1_000) / 10} %`;
  return {
    verdict: 'refuse',
    message: `The run would remove ${removes} of ${there} rows (${percent(share)}); guard.max_removed_share allows ${percent(guard.max_removed_share)}. \`sluice sync run --allow-removals ${removals.removes}\` allows it once.`,
  };
}
