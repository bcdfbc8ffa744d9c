/** Random windows of time. */
import fc from 'fast-check';
import { DATES, DURATIONS, from, MOMENTS } from './pools.ts';

const when = fc.oneof(from(DATES), from(MOMENTS));

/** Two of the pool, the earlier one first. */
const pairOf = (pool: readonly string[]) =>
  fc.tuple(fc.nat(pool.length - 2), fc.nat(pool.length - 2)).map(([a, b]) => [pool[Math.min(a, b)], pool[Math.max(a, b) + 1]]);

const PERIODS = ['day', 'week', 'month', 'quarter', 'year'];

const timesOf = (lengths: readonly string[], ends: fc.Arbitrary<string>) =>
  [
    fc.record({ last: from(lengths) }),
    fc.record({ between: pairOf(lengths) }),
    fc.record({ from: ends }),
    fc.record({ to: ends }),
    pairOf([...DATES].sort()).map(([start, end]) => ({ from: start, to: end })),
    fc.record({ this: from(PERIODS) }),
    fc.record({ previous: from(PERIODS) }),
    fc.tuple(from(PERIODS), fc.integer({ min: 1, max: 4 })).map(([unit, count]) => ({ previous: { [`${unit}s`]: count } })),
  ] as const;

/** `since` and `until` of events: traits that are moments or days, of three tables. */
const traits = from(['first_seen_at', 'last_order_at', 'birthday_on', 'joined_on']).map((trait) => ({ trait }));
export const traitWindows = fc.record({ since: traits, until: traits }, { requiredKeys: [] }).map(({ since, until }) => {
  // From a moment until itself is no window.
  if (since && since.trait === until?.trait) return { since };
  return since || until ? { ...(since ? { since } : {}), ...(until ? { until } : {}) } : { since: { trait: 'last_order_at' } };
});

/** Windows that can be compared with one another: known before the data is read. */
export const comparableWindows = fc.oneof(...timesOf(DURATIONS, when));
export const duringWindows = fc.oneof({ weight: 4, arbitrary: comparableWindows }, { weight: 1, arbitrary: traitWindows });
export const withinMoments = fc.record({ within: fc.oneof(...timesOf(DURATIONS, when), fc.record({ next: from(DURATIONS) })) });
const DAYS = DURATIONS.filter((length) => !/\d(min|h)$/.test(length));
export const withinDays = fc.record({ within: fc.oneof(...timesOf(DAYS, from(DATES)), fc.record({ next: from(DAYS) })) });
