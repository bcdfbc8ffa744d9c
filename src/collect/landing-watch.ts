/** Remembers how storing goes, for health checks that ask whether the service can take more. */

/** Milliseconds of `performance.now`. */
export interface LandingHealth {
  /** When an insert last succeeded; undefined before the first. */
  readonly lastStoredAtMs: number | undefined;
  /**
   * When the first of the current failures happened: an insert that failed with all its attempts, with no success since. Undefined when the
   * last insert succeeded.
   */
  readonly failingSinceMs: number | undefined;
  /** When the last of these failures happened. */
  readonly lastFailedAtMs: number | undefined;
  /** When the oldest insert under way began; undefined when none is under way. */
  readonly storingSinceMs: number | undefined;
}

export interface LandingWatch {
  /** Runs one insert, with its attempts and pauses, and remembers how it went. Returns and throws what `insert` does. */
  follow<T>(insert: () => Promise<T>): Promise<T>;
  read(): LandingHealth;
}

export function createLandingWatch(nowMs: () => number = () => performance.now()): LandingWatch {
  let lastStoredAtMs: number | undefined;
  let failingSinceMs: number | undefined;
  let lastFailedAtMs: number | undefined;
  /** Inserts under way, oldest first. */
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
