/** How long to wait and when to give up. Pure: time and chance are arguments. */

export interface RetryPolicy {
  /** Attempts of one batch for faults of transport and server, the first one included. A throttled attempt does not count. */
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Longest time one batch may spend waiting because it was throttled. */
  readonly maxThrottledMs: number;
}

/** About 30 s of attempts in all. After a longer outage the next run finds the same rows undelivered. */
export const defaultRetryPolicy: RetryPolicy = { maxAttempts: 6, firstDelayMs: 500, maxDelayMs: 15_000, maxThrottledMs: 15 * 60 * 1_000 };

/**
 * Exponential with "equal jitter": half of the step is fixed, half is random, so that many workers spread out and none retries at once.
 * `attempt` counts from 1; `chance` is in [0, 1).
 */
export function backoffMs(policy: RetryPolicy, attempt: number, chance: number): number {
  const step = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  return step / 2 + (step / 2) * chance;
}
