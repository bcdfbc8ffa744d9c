/** How storing goes, kept for whoever asks whether the service can take more. */

/** Milliseconds of `performance.now`. */
export interface LandingHealth {
  /** When an insert last succeeded; undefined before the first. */
  readonly lastStoredAtMs: number | undefined;
  /** When the first of the inserts failed that have failed since then, with all their attempts; undefined when the last one succeeded. */
  readonly failingSinceMs: number | undefined;
  /** When the last of these failed. */
  readonly lastFailedAtMs: number | undefined;
  /** When the oldest of those began that are under way; undefined when none is. */
  readonly storingSinceMs: number | undefined;
}

export interface LandingWatch {
  /** Runs one insert, attempts and pauses included, and remembers how it went. Returns and throws what `insert` does. */
  follow<T>(insert: () => Promise<T>): Promise<T>;
  read(): LandingHealth;
}

export function createLandingWatch(nowMs: () => number = () => performance.now()): LandingWatch {
  let lastStoredAtMs: number | undefined;
  let failingSinceMs: number | undefined;
  let lastFailedAtMs: number | undefined;
  /** Starts, oldest first. */
  const underWay = new Set<{ readonly sinceMs: number }>();

  return {
    async follow(insert) {
      const one = { sinceMs: nowMs() };
      underWay.add(one);
      try {
        const result = await insert();
        lastStoredAtMs = nowMs();
        failingSinceMs = undefined;
        lastFailedAtMs = undefined;
        return result;
      } catch (error) {
        lastFailedAtMs = nowMs();
        failingSinceMs ??= lastFailedAtMs;
        throw error;
      } finally {
        underWay.delete(one);
      }
    },
    read() {
      const [oldest] = underWay;
      return { lastStoredAtMs, failingSinceMs, lastFailedAtMs, storingSinceMs: oldest?.sinceMs };
    },
  };
}
