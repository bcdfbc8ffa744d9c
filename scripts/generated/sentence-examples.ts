/** An example of each construct of the segment language: one that lacks here does not compile. */
import type { NODE_KEYS, Node, SegmentDefinition } from '../../src/segments/definition.ts';
import type { MEASURES } from '../../src/segments/language/event.ts';
import type { Operator } from '../../src/segments/language/operators.ts';
import type { RELATED_MEASURES } from '../../src/segments/language/related.ts';
import type { During, Within } from '../../src/segments/language/window.ts';

type Examples<K extends string> = Readonly<Record<K, Node>>;

const ORDER = 'Order Completed';

export const CONDITION_EXAMPLES: Examples<(typeof NODE_KEYS)[number]> = {
  all: { all: [{ trait: 'country', is: 'NL' }, { segment: 'vip' }] },
  any: { any: [{ trait: 'country', is: ['NL', 'BE'] }, { not: { trait: 'email', missing: true } }] },
  not: { not: { any: [{ segment: 'vip' }, { event: ORDER }] } },
  trait: { trait: 'lifetime_value', gte: 250 },
  event: { event: ORDER, count: { gte: 3 }, during: { last: '365d' }, where: [{ property: 'revenue', gt: 20.5 }] },
  sequence: { sequence: [{ event: 'Product Added' }, { none: ORDER, within: '24h' }], during: { last: '30d' } },
  related: { related: 'orders', where: [{ column: 'store_id', is: 367 }], during: { last: '180d' }, at: 'ordered_at', count: { gte: 5 } },
  segment: { segment: 'vip' },
  list: { list: 'invited' },
  audience: { audience: 'likely_to_leave' },
  sql: { sql: 'order_count > 3' },
};

export const OPERATOR_EXAMPLES: Examples<Operator> = {
  is: { trait: 'city', is: 'Gent' },
  is_not: { trait: 'city', is_not: ['Gent', 'Bonn'] },
  in: { trait: 'city', in: ['Gent', 'Bonn'] },
  not_in: { trait: 'city', not_in: ['Gent', 'Bonn'] },
  contains: { trait: 'email', contains: 'example' },
  starts_with: { trait: 'email', starts_with: 'ada' },
  ends_with: { trait: 'email', ends_with: '.nl' },
  matches: { trait: 'postcode', matches: '^10' },
  gt: { trait: 'order_count', gt: 1_000 },
  gte: { trait: 'score', gte: { trait: 'mean_score', times: 0.5, plus: 10 } },
  lt: { trait: 'lifetime_value', lt: 2.5 },
  lte: { trait: 'birthday', lte: '2008-03-31' },
  between: { trait: 'order_count', between: [1, 5] },
  exists: { trait: 'email', exists: true },
  missing: { trait: 'email', missing: true },
  within: { trait: 'first_order_at', within: { previous: 'month' } },
  before: { trait: 'first_order_at', before: '2026-03-31' },
  after: { trait: 'renews_on', after: 'now' },
  anniversary: { trait: 'birthday', anniversary: { next: '7d' } },
  has_any: { trait: 'tags', has_any: ['vip', 'staff'] },
  has_all: { trait: 'tags', has_all: ['vip', 'staff'] },
  has_none: { trait: 'tags', has_none: ['vip', 'staff'] },
  size: { trait: 'tags', size: { gte: 3 } },
  top: { trait: 'lifetime_value', top: { share: 0.1, per: { trait: 'country' } } },
  bottom: { trait: 'lifetime_value', bottom: { count: 100 } },
};

const happened = (during: During): Node => ({ event: ORDER, during });

export const WINDOW_EXAMPLES: Examples<keyof During | keyof Within> = {
  last: happened({ last: '3mo' }),
  next: { trait: 'renews_on', within: { next: '2w' } },
  between: happened({ between: ['30d', '90d'] }),
  from: happened({ from: '2026-01-01' }),
  to: happened({ from: '2026-01-01', to: '2026-01-31' }),
  this: happened({ this: 'quarter' }),
  previous: happened({ previous: { months: 3 } }),
  since: happened({ since: { trait: 'last_order_at' } }),
  until: happened({ since: { trait: 'first_seen_at' }, until: { trait: 'first_order_at' } }),
};

export const MEASURE_EXAMPLES: Examples<(typeof MEASURES)[number]> = {
  count: {
    event: 'Page Viewed',
    count: { lt: { times: 0.5, of: { during: { previous: { months: 3 } }, per: 3 } } },
    during: { this: 'month' },
  },
  sum: { event: ORDER, sum: { property: 'revenue', gte: 200 }, during: { last: '1y' } },
  avg: { event: ORDER, avg: { property: 'revenue', between: [10, 99.99] } },
  min: { event: ORDER, min: { property: 'revenue', gt: 5 } },
  max: { event: ORDER, max: { property: 'revenue', lte: 250 } },
  distinct: { event: ORDER, distinct: { property: 'sku', gte: 3 } },
  repeats: { event: ORDER, repeats: { property: 'sku', eq: 2 } },
  first: { event: ORDER, first: { where: [{ column: 'source', is: 'store' }] } },
  last: { event: { any: true }, last: { event: 'Product Added' } },
};

export const RELATED_EXAMPLES: Examples<(typeof RELATED_MEASURES)[number]> = {
  count: { related: 'orders.lines', count: { eq: 0 }, where: [{ column: 'price', gt: 100 }] },
  sum: { related: 'orders', sum: { column: 'amount', gte: 200 } },
  avg: { related: 'orders', avg: { column: 'amount', lt: 50 } },
  min: { related: 'orders', min: { column: 'ordered_at', after: '2026-01-01' } },
  max: { related: 'orders', max: { column: 'amount', gt: 99.99 } },
  distinct: { related: 'orders', distinct: { column: 'store_id', gte: 3 } },
  repeats: { related: 'orders', repeats: { column: 'store_id', gte: 2 } },
  every: { related: 'orders', every: [{ column: 'status', is: 'paid' }] },
  first: { related: 'orders', first: { where: [{ column: 'store_id', is: 367 }] } },
  last: {
    related: 'orders',
    last: {
      where: [
        { column: 'status', is: 'cancelled' },
        { column: 'amount', gt: 100 },
      ],
    },
  },
};

export const OTHER_EXAMPLES: readonly Node[] = [
  { event: ORDER, where: [{ hour: { between: [18, 23] } }, { weekday: ['sat', 'sun'] }] },
  {
    sequence: [
      { event: ORDER, first: true },
      { event: ORDER, after: '1d', within: '60d', without: [{ event: 'Product Returned' }] },
    ],
    same: ['store_id'],
  },
  { sequence: [{ event: ORDER }, { event: 'Product Returned' }], different: ['store_id'], times: { gte: 2 } },
  { related: 'orders', during: { last: '30d' }, count: { lte: { times: 0.5, of: { during: { last: '90d' }, per: 3 } } } },
  { related: 'orders', during: { since: { trait: 'first_order_at' } }, sum: { column: 'amount', gte: 200 } },
  { related: 'accounts', where: [{ column: 'account', that: { trait: 'revenue', gt: 1_000 } }] },
];

/** With every field that says something about the whole. */
export const WHOLE_EXAMPLE: Required<SegmentDefinition> = {
  id: 'going-quiet',
  title: 'Going quiet',
  description: 'For the letter of May',
  entity: 'person',
  where: {
    all: [
      { event: ORDER, count: { gte: 3 }, during: { last: '1y' } },
      { event: ORDER, count: { eq: 0 }, during: { last: '60d' } },
    ],
  },
  excluded_everywhere: false,
  exclude: ['unsubscribed'],
  split: { salt: 'summer-2026', from: 0, to: 4_999 },
  holdout: { share: 0.1, salt: 'mail' },
  limit: { top: 1_000, by: 'lifetime_value', order: 'desc', per: 'country' },
  as_of: '2026-03-31',
  timezone: 'Europe/Amsterdam',
  guard: { allow_empty: true, max_growth: 2, max_shrink: 0.5, min_members: 100, max_members: 50_000 },
  schedule: { after: ['build'] },
};
