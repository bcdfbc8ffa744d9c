/** Rates by name: how long a caller must wait that has used more than its rate allows. Pure but for the clock. */

interface Level {
  /** Below zero after more was spent than was left. */
  tokens: number;
  atMs: number;
}

/** @param burstSeconds a bucket holds at most what is added in so many seconds. */
export function createBucket(burstSeconds: number, nowMs: () => number) {
  const levels = new Map<string, Level>();

  function levelOf(name: string, perSecond: number): Level {
    const atMs = nowMs();
    const full = perSecond * burstSeconds;
    const before = levels.get(name);
    const tokens = before === undefined ? full : Math.min(full, before.tokens + ((atMs - before.atMs) / 1_000) * perSecond);
    const level = { tokens, atMs };
    levels.set(name, level);
    return level;
  }

  return {
    /** Seconds to wait; 0 when something is left. */
    secondsUntilFree(name: string, perSecond: number): number {
      const { tokens } = levelOf(name, perSecond);
      return tokens > 0 ? 0 : -tokens / perSecond + 1 / perSecond;
    },
    /** May spend more than is left: what has arrived is counted in any case, and delays the next request. */
    spend(name: string, perSecond: number, tokens: number): void {
      levelOf(name, perSecond).tokens -= tokens;
    },
  };
}
