import { expect, it } from 'vitest';
import type { SegmentExplanation } from '../src/segments/schema.ts';
import type { DemoReport } from './report.ts';
import { renderSummary } from './summary.ts';

const why: SegmentExplanation = {
  segment_id: 'abandoned-carts',
  title: 'Abandoned carts',
  entity: 'person',
  member_id: '142758b8-3dae-8112-8934-88db22ea5ce8',
  as_of: '2018-01-02T00:00:00.000Z',
  timezone: 'UTC',
  holds: true,
  modifiers: [],
  published_since: null,
  conditions: [
    { path: 'where', sentence: 'All of these', holds: true, is_of_now: false, values: [], because: null, rows: [], has_more_rows: false },
    {
      path: 'where.all[0]',
      sentence: 'No orders',
      holds: true,
      is_of_now: false,
      values: [{ name: 'orders', value: '0' }],
      because: null,
      rows: [],
      has_more_rows: false,
    },
  ],
  warnings: [],
};
const plain = (text: string) => text;
const paint = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain, cyan: plain };
const report: DemoReport = {
  warehouse: { version: '26.7.2.1', embedded: true },
  landed: { households: 2_469, baskets: 155_848, transactions: 1_469_307, sales: '4596039.58', customers: 2_469, events: 7_485 },
  profiles: 2_869,
  profiles_with_several_sources: 2_469,
  segments: [{ id: 'lapsing-regulars', members: 84 }],
  syncs: [],
  receiver: { requests: 12, rows: 703, bad_signatures: 0 },
  seconds: { setup: 4.1, landing: 18, build: 20.25, segments: 3, syncs: 8, total: 53.4 },
};

it('lines the table up, whatever the lengths, and shows only what moved', () => {
  const none = { added: 0, changed: 0, removed: 0 };
  const text = renderSummary(
    {
      report,
      highlights: { everywhere: 600, merged: 38, held_out: 52 },
      deliveries: [
        {
          title: 'Lapsing regulars',
          destination: 'PostgreSQL',
          members: 84,
          rounds: [
            { ...none, added: 1_096 },
            { added: 1, changed: 3, removed: 12 },
          ],
          holdsNow: 85,
        },
        { title: 'A', destination: 'CSV', members: 1, rounds: [{ ...none, added: 1 }, none], holdsNow: 1 },
      ],
      why,
    },
    paint,
  );
  expect(text).toContain(
    [
      '  Audience           people   destination   first round   second round   holds now',
      '  Lapsing regulars       84   PostgreSQL    +1,096        +1 ~3 −12             85',
      '  A                       1   CSV           +1            nothing                1',
    ].join('\n'),
  );
  expect(text).toContain('✓ No orders (orders: 0)');
  expect(text).toContain('sales 4,596,039.58');
  expect(text).toContain('52 coupon lovers, a random tenth');
  expect(text).toContain('every signature valid');
});

it('does not hide a bad signature', () => {
  const broken = { ...report, receiver: { requests: 1, rows: 0, bad_signatures: 1 } };
  expect(renderSummary({ report: broken, highlights: { everywhere: 0, merged: 0, held_out: 0 }, deliveries: [], why }, paint)).toContain(
    '1 bad signatures',
  );
});
