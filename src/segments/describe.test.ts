import { expect, test } from 'vitest';
import { said } from '../../test/segments/said.ts';

test.each([
  [{ trait: 'city', is: 'Gent' }, 'city is Gent'],
  [{ trait: 'city', is_not: ['Gent', 'Bonn'] }, 'city has a value other than Gent or Bonn'],
  [{ trait: 'city', in: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }, 'city is one of “a”, b, c, d, e or 2 others'],
  [{ trait: 'city', is: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'city is “a”, b, c, d, e or 1 other'],
  [{ trait: 'city', contains: 'en' }, 'city contains “en”, in capitals or not'],
  [{ trait: 'city', missing: true }, 'city has no value'],
  [{ trait: 'order_count', between: [1, 5] }, 'order_count is from 1 to 5'],
  [{ trait: 'ledger_id', gte: '9007199254740993' }, 'ledger_id is at least 9007199254740993'],
  [{ trait: 'flags', has_all: [true, false] }, 'flags has all of true and false'],
  [{ trait: 'first_seen_at', within: { last: '4w' } }, 'first_seen_at is in the last 4 weeks'],
  [{ trait: 'birthday_on', is_not: '2026-03-31' }, 'birthday_on has a value other than 31 March 2026'],
  [{ trait: 'first_seen_at', before: { trait: 'last_order_at' } }, 'first_seen_at is before last_order_at'],
  [{ trait: 'score', gt: { trait: 'lifetime_value' } }, 'score is more than lifetime_value'],
  [
    { trait: 'score', lte: { trait: 'lifetime_value', times: 0.5, plus: 10, minus: { trait: 'points' } } },
    'score is at most 0.5 times lifetime_value plus 10 minus points',
  ],
  [{ trait: 'score', is_not: { trait: 'order_count', minus: '0.10' } }, 'score is another than order_count minus 0.1'],
  [{ trait: 'lifetime_value', top: { share: 0.1 } }, 'lifetime_value is among the highest 10 %'],
  [{ trait: 'lifetime_value', bottom: { share: 0.0025 } }, 'lifetime_value is among the lowest 0.25 %'],
  [
    { trait: 'last_order_at', top: { count: 1000, per: { trait: 'country_code' } } },
    'last_order_at is among the latest 1,000 of each country_code',
  ],
  [{ trait: 'first_seen_at', bottom: { count: 1 } }, 'first_seen_at is among the earliest 1'],
  [{ trait: 'birthday_on', anniversary: 'today' }, 'birthday_on has its anniversary today'],
  [{ trait: 'birthday_on', anniversary: { next: '1w' } }, 'birthday_on has its anniversary in the next 1 week'],
  [{ trait: 'birthday_on', before: 'now' }, 'birthday_on is before now'],
  [{ trait: 'tags', size: { gte: 3 } }, 'tags has at least 3 items'],
  [{ trait: 'tags', size: { eq: 1 } }, 'tags has exactly 1 item'],
  [{ trait: 'tags', size: { between: [0, 2] } }, 'tags has 0 to 2 items'],
  [{ event: 'Page Viewed' }, 'Page Viewed at least once'],
  [{ event: ['A', 'B'], count: { eq: 0 }, during: { last: '12h' } }, 'no “A” or B in the last 12 hours'],
  [
    {
      event: 'Order Completed',
      count: { between: [2, 3] },
      during: { from: '2026-01-01', to: '2026-01-31' },
      where: [
        { property: 'item.sku', is: ['tea', 7, true] },
        { property: 'revenue', gt: 20 },
      ],
    },
    'Order Completed 2 to 3 times from 1 January 2026 until 31 January 2026, where item.sku is tea, 7 or true and revenue is more than 20',
  ],
  [{ event: 'Order Completed', during: { between: ['1d', '90d'] } }, 'Order Completed at least once between 1 day and 90 days ago'],
  [{ not: { segment: 'vip' } }, 'not: is a member of Very important'],
  [{ not: { any: [{ trait: 'city', exists: true }, { segment: 'vip' }] } }, 'none of these 2'],
])('%j reads: %s', (where, expected) => {
  expect(said(where)).toBe(expected);
});
