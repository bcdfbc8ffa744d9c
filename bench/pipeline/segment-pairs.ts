/**
 * Ten segments, each as a document and as the SQL that somebody who knows ClickHouse and this warehouse well would write for it: one scan where
 * one is enough, typed JSON subcolumns, sets instead of joins. Both must find the same members. Pure.
 */
import { SegmentDefinition } from '../../src/segments/definition.ts';

export interface SegmentPair {
  readonly definition: SegmentDefinition;
  /** One column `profile_id`, each member once. Parameters: `as_of`; `version` where it reads other segments of the same round. */
  readonly handwritten: string;
}

/** Members written by hand are kept apart from the published ones, in a table of the same kind. */
export const HANDWRITTEN_MEMBERS = 'sluice_state.bench_segment_members';

/** Windows are open at the old end and closed at the new one, as in the language. */
const NOW = "{as_of:DateTime64(3, 'UTC')}";
const daysAgo = (days: number) => `${NOW} - interval ${days} day`;
const last = (days: number) => `occurred_at > ${daysAgo(days)} and occurred_at <= ${NOW}`;

export const segmentPairs: readonly SegmentPair[] = [
  pair(
    'benelux-with-email',
    {
      all: [
        { trait: 'country_code', is: ['NL', 'BE'] },
        { trait: 'email', exists: true },
      ],
    },
    ['select profile_id', 'from sluice.profiles', "where country_code in ('NL', 'BE') and email is not null"],
  ),
  pair('repeat-buyers', { event: 'Order Completed', count: { gte: 2 }, during: { last: '180d' } }, [
    'select profile_id',
    'from sluice.events',
    `where event_name = 'Order Completed' and ${last(180)}`,
    'group by profile_id',
    'having count() >= 2',
  ]),
  pair('not-seen-lately', { event: 'Page Viewed', count: { eq: 0 }, during: { last: '30d' } }, [
    'select profile_id',
    'from sluice.profiles',
    `where profile_id not in (select profile_id from sluice.events where event_name = 'Page Viewed' and ${last(30)})`,
  ]),
  pair(
    'baby-bulk-viewers',
    {
      event: 'Product Viewed',
      during: { last: '90d' },
      where: [
        { property: 'category', is: 'baby' },
        { property: 'quantity', gte: 3 },
      ],
    },
    [
      'select profile_id',
      'from sluice.events',
      `where event_name = 'Product Viewed' and ${last(90)}`,
      "  and properties.category.:String = 'baby' and properties.quantity.:Int64 >= 3",
      'group by profile_id',
    ],
  ),
  pair(
    'dutch-at-checkout',
    {
      all: [
        { trait: 'country_code', is: 'NL' },
        { event: 'Checkout Started', during: { last: '14d' } },
      ],
    },
    [
      'select profile_id',
      'from sluice.profiles',
      "where country_code = 'NL'",
      `  and profile_id in (select profile_id from sluice.events where event_name = 'Checkout Started' and ${last(14)})`,
    ],
  ),
  pair(
    'responsive',
    {
      any: [
        { event: ['Coupon Applied', 'Wishlist Added'], during: { last: '60d' } },
        { event: 'Email Opened', count: { gte: 2 }, during: { last: '90d' } },
      ],
    },
    [
      'select profile_id',
      'from sluice.events',
      `where event_name in ('Coupon Applied', 'Wishlist Added', 'Email Opened') and ${last(90)}`,
      'group by profile_id',
      `having countIf(event_name in ('Coupon Applied', 'Wishlist Added') and occurred_at > ${daysAgo(60)}) > 0`,
      "  or countIf(event_name = 'Email Opened') >= 2",
    ],
  ),
  pair(
    'win-back',
    {
      all: [
        {
          any: [
            { trait: 'country_code', is: 'DE' },
            { trait: 'lifetime_value', gte: 200 },
          ],
        },
        {
          any: [
            { event: 'Order Completed', during: { last: '180d' } },
            { event: 'Checkout Started', count: { gte: 2 }, during: { last: '90d' } },
          ],
        },
        { not: { event: 'Support Requested', during: { last: '90d' } } },
        { not: { event: 'Order Completed', during: { last: '30d' } } },
      ],
    },
    [
      'select profile_id',
      'from sluice.profiles',
      "where (country_code = 'DE' or profile_id in (select profile_id from sluice.profile_traits where lifetime_value >= 200))",
      '  and profile_id in (',
      '    select profile_id',
      '    from sluice.events',
      `    where event_name in ('Order Completed', 'Checkout Started', 'Support Requested') and ${last(180)}`,
      '    group by profile_id',
      "    having (countIf(event_name = 'Order Completed') > 0",
      `        or countIf(event_name = 'Checkout Started' and occurred_at > ${daysAgo(90)}) >= 2)`,
      `      and countIf(event_name = 'Support Requested' and occurred_at > ${daysAgo(90)}) = 0`,
      `      and countIf(event_name = 'Order Completed' and occurred_at > ${daysAgo(30)}) = 0`,
      '  )',
    ],
  ),
  pair('mid-value', { trait: 'lifetime_value', between: [100, 250] }, [
    'select profile_id',
    'from sluice.profile_traits',
    'where lifetime_value between 100 and 250',
  ]),
  pair(
    'interest-growing',
    {
      all: [
        { event: 'Product Viewed', count: { gte: 2 }, during: { last: '30d' } },
        { event: 'Product Viewed', count: { lte: 1 }, during: { between: ['30d', '90d'] } },
        { event: 'Order Completed', count: { eq: 0 }, during: { last: '90d' } },
      ],
    },
    [
      'select profile_id',
      'from sluice.events',
      `where event_name in ('Product Viewed', 'Order Completed') and ${last(90)}`,
      'group by profile_id',
      `having countIf(event_name = 'Product Viewed' and occurred_at > ${daysAgo(30)}) >= 2`,
      `  and countIf(event_name = 'Product Viewed' and occurred_at <= ${daysAgo(30)}) <= 1`,
      "  and countIf(event_name = 'Order Completed') = 0",
    ],
  ),
  pair('loyal-core', { all: [{ segment: 'repeat-buyers' }, { not: { segment: 'win-back' } }, { trait: 'order_count', gte: 3 }] }, [
    'select profile_id',
    'from sluice.profile_traits',
    'where order_count >= 3',
    `  and profile_id in (select member_uuid from ${HANDWRITTEN_MEMBERS} where segment_id = 'repeat-buyers' and version = {version:UInt64})`,
    `  and profile_id not in (select member_uuid from ${HANDWRITTEN_MEMBERS} where segment_id = 'win-back' and version = {version:UInt64})`,
  ]),
];

function pair(id: string, where: SegmentDefinition['where'], handwritten: readonly string[]): SegmentPair {
  // Tiny runs make small audiences that jump; what is measured here is not the guard.
  const guard = { allow_empty: true, max_growth: 1_000_000, max_shrink: 1 };
  return { definition: SegmentDefinition.parse({ id, title: id, entity: 'person', where, guard }), handwritten: handwritten.join('\n') };
}
