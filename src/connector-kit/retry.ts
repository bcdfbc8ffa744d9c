/** How often a batch is tried and how long the pauses are; deliver.ts waits and gives up by these numbers. Pure: chance is handed in. */

export interface RetryPolicy {
  /** Tries of one batch for faults of transport and server, the first one included. Being throttled does not use one up. */
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Longest time one batch may spend waiting because it was throttled. */
  readonly maxThrottledMs: number;
}

/** The five pauses come to at most 16 s: longer outages are the next run's matter, which finds the same rows undelivered. */
export const defaultRetryPolicy: RetryPolicy = { maxAttempts: 6, firstDelayMs: 500, maxDelayMs: 15_000, maxThrottledMs: 15 * 60 * 1_000 };

/**
 * Exponential with "equal jitter": half of the step is certain, half is chance, so that many workers spread out and none retries at once.
 * `attempt` counts from 1; `chance` is in [0, 1).
 */
export function backoffMs(policy: RetryPolicy, attempt: number, chance: number): number {
  const step = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  return step / 2 + (step / 2) * chance;
}
