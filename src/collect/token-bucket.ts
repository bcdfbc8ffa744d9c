/** Rates by name: how long somebody must wait who has used more than he may. Pure but for the clock. */

interface Level {
  /** Below zero after more was spent than there was. */
  tokens: number;
  atMs: number;
}

/** @param burstSeconds a bucket holds what comes in so many seconds. */
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
    /** 0 when there is something left. */
    secondsUntilFree(name: string, perSecond: number): number {
      const { tokens } = levelOf(name, perSecond);
      return tokens > 0 ? 0 : -tokens / perSecond + 1 / perSecond;
    },
    /** Also more than is left: what has come cannot be unsaid, but it delays the next. */
    spend(name: string, perSecond: number, tokens: number): void {
      levelOf(name, perSecond).tokens -= tokens;
    },
  };
}
