/** Whether the removals of a plan may be sent. Pure. */
import type { SyncDefinition } from './definition.ts';

export interface Removals {
  readonly removes: number;
  /** Keys that the destination holds because of us. */
  readonly there: number;
  readonly sourceIsEmpty: boolean;
}

export type GuardDecision =
  | { readonly verdict: 'send' }
  /** Everything but the removals is sent (an empty source has nothing else). */
  | { readonly verdict: 'withhold'; readonly message: string }
  | { readonly verdict: 'refuse'; readonly message: string };

/**
 * An empty source is far more often a broken model than a world without customers, so it removes nothing unless the sync says so; and no run
 * removes more than the declared share of what is there.
 */
export function guardRemovals({ removes, there, sourceIsEmpty }: Removals, guard: SyncDefinition['guard']): GuardDecision {
  if (removes === 0) return { verdict: 'send' };
  if (sourceIsEmpty) {
    if (guard.allow_empty) return { verdict: 'send' };
    return {
      verdict: 'withhold',
      message: `The source is empty: ${removes} removals were withheld. guard.allow_empty: true would send them.`,
    };
  }
  const share = removes / there;
  if (share <= guard.max_removed_share) return { verdict: 'send' };
  const percent = (value: number) => `${Math.round(value * 1_000) / 10} %`;
  return {
    verdict: 'refuse',
    message: `The run would remove ${removes} of ${there} rows (${percent(share)}); guard.max_removed_share allows ${percent(guard.max_removed_share)}.`,
  };
}
