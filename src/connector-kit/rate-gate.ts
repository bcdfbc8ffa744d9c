/**
 * Delays requests: at most so many a second, and none while the destination has asked for a pause. One gate per sender: two
 * runs to one destination at the same moment each have the full rate.
 */
import type { DeliveryClock } from './deliver.ts';

export interface RateGate {
  /** Resolves when a request may leave, or when the signal is aborted. */
  pass(signal: AbortSignal): Promise<void>;
  /** No request passes for `ms` from now. */
  pause(ms: number): void;
}

export function createRateGate(requestsPerSecond: number | undefined, clock: DeliveryClock): RateGate {
  const gapMs = requestsPerSecond === undefined ? 0 : 1_000 / requestsPerSecond;
  let nextAtMs = 0;
  let pausedUntilMs = 0;
  return {
    async pass(signal) {
      while (!signal.aborted) {
        const nowMs = clock.now().getTime();
        const atMs = Math.max(nextAtMs, pausedUntilMs);
        if (atMs <= nowMs) {
          nextAtMs = nowMs + gapMs;
          return;
        }
        await clock.sleep(atMs - nowMs, signal);
      }
    },
    pause(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, clock.now().getTime() + ms);
    },
  };
}
