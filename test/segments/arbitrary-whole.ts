/** Random `exclude`, `split`, `holdout` and `limit`, of few people: large shares and small limits, so that each takes somebody away. */
import fc from 'fast-check';
import type { Whole } from './oracle-whole.ts';
import { from } from './pools.ts';

const salts = from(['summer-2026', 'Été 1']);
const ends = fc.tuple(fc.nat(9_999), fc.nat(9_999)).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
const limits = fc
  .record(
    {
      most: fc.oneof(
        fc.integer({ min: 1, max: 6 }).map((top) => ({ top })),
        from([0.0001, 0.07, 0.1, 0.3, 0.5, 1]).map((share) => ({ share })),
      ),
      by: from(['order_count', 'lifetime_value', 'score', 'ledger_id', 'birthday_on', 'last_order_at', 'points', 'joined_on']),
      order: from(['desc', 'asc'] as const),
      per: from(['country_code', 'city', 'tier', 'is_member', 'nickname', 'order_count', 'birthday_on']),
    },
    { requiredKeys: ['most', 'by'] },
  )
  .map(({ most, ...rest }) => ({ ...most, ...rest }));

export const wholes = (segments: readonly string[]): fc.Arbitrary<Whole> =>
  fc.record(
    {
      exclude: fc.subarray([...segments], { minLength: 1 }),
      split: fc.tuple(salts, ends).map(([salt, range]) => ({ salt, ...range })),
      holdout: fc.record({ salt: salts, share: from([0.0001, 0.1, 0.5, 0.9]) }),
      limit: limits,
    },
    { requiredKeys: [] },
  );
