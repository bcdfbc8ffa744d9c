import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createRelated, fillRelated, relatedCatalogue } from '../../test/segments/related-world.ts';
import { createWorld, fillWorld, type Happening, somebody } from '../../test/segments/world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { backtestSegment } from './backtest.ts';
import { compareSegment } from './compare.ts';
import { explainMember } from './explain.ts';
import { overlapOf, waterfallOf } from './overlap.ts';
import { publishSegment } from './publish.ts';

let warehouse: Warehouse;
let room: TestRoom;

const bought = (index: number, occurred_at: string): Happening => ({
  profile_id: idOf(index),
  event_name: 'Order Completed',
  occurred_at,
  properties: { revenue: 12.5, sku: 'tea' },
});

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  room = segmentRoom(warehouse, warehouse.prefix);
  await fillWorld(
    warehouse,
    [
      somebody(idOf(0), { city: 'Gent', email: 'jane@example.com', tags: ['NL', "O'Brien"], order_count: 3 }),
      somebody(idOf(1), { city: 'Gent', order_count: 1 }),
      somebody(idOf(2), { city: 'Bonn', order_count: 2 }),
      somebody(idOf(3), { city: '', lacks_traits: true }),
    ],
    [bought(0, '2026-03-01T00:00:00.000Z'), bought(0, '2026-03-20T00:00:00.000Z'), bought(2, '2026-03-02T00:00:00.000Z')],
  );
  room.apply({ buyers });
  await publishSegment(room, 'buyers');
});
afterAll(async () => warehouse.close());

const buyers = {
  title: 'Buyers of Gent',
  where: {
    all: [
      { trait: 'city', is: 'Gent' },
      { event: 'Order Completed', count: { gte: 2 } },
      {
        any: [
          { trait: 'email', exists: true },
          { trait: 'tags', has_any: ['NL'] },
        ],
      },
    ],
  },
};

describe('an explanation', () => {
  test('says of each condition whether it holds and which values decide it', async () => {
    const why = await explainMember(room, { id: 'buyers' }, idOf(0));
    expect(why).toMatchObject({ member_id: idOf(0), holds: true, published_since: '2026-03-30T12:00:00.000Z' });
    expect(why.conditions.map(({ path, holds, values }) => [path, holds, values.map(({ value }) => value)])).toEqual([
      ['where', true, []],
      ['where.all[0]', true, ['Gent']],
      ['where.all[1]', true, ['2']],
      ['where.all[2]', true, []],
      ['where.all[2].any[0]', true, ['j•••@e•••']],
      ['where.all[2].any[1]', true, ['["NL","O\'Brien"]']],
    ]);
  });

  test('shows personal values to those who may see them', async () => {
    const { conditions } = await explainMember(room, { id: 'buyers' }, idOf(0), { isUnmasked: true });
    expect(conditions[4]?.values).toEqual([{ name: 'email', value: 'jane@example.com' }]);
  });

  test('of somebody who is no member shows what is missing: no event is 0, no value is null', async () => {
    const why = await explainMember(room, { id: 'buyers' }, idOf(3));
    expect(why).toMatchObject({ holds: false, published_since: null });
    expect(why.conditions.slice(1, 3).map(({ holds, values }) => [holds, values[0]?.value])).toEqual([
      [false, ''],
      [false, '0'],
    ]);
    const { conditions } = await explainMember(room, { definition: draft({ trait: 'score', gte: 1 }) }, idOf(3));
    expect(conditions[0]).toMatchObject({ holds: false, values: [{ name: 'score', value: null }] });
  });

  test('of a measure shows what was measured', async () => {
    const where = {
      all: [
        { event: 'Order Completed', sum: { property: 'revenue', gt: 20 } },
        { event: 'Order Completed', repeats: { property: 'sku', eq: 2 } },
        { event: 'Order Completed', last: { where: [{ property: 'sku', is: 'tea' }] } },
        { event: 'Order Completed', distinct: { property: 'sku', eq: 1 } },
        { sequence: [{ event: 'Order Completed' }, { event: 'Order Completed', within: '30d' }] },
      ],
    };
    const { conditions } = await explainMember(room, { definition: draft(where) }, idOf(0));
    expect(conditions.map(({ holds, values }) => [holds, ...values.map(({ name, value }) => `${name}: ${value}`)])).toEqual([
      [true],
      [true, 'sum: 25'],
      [true, 'values: 2'],
      [true, 'last of those asked for: 2026-03-20 00:00:00.000', 'last: 2026-03-20 00:00:00.000'],
      [true, 'different values: 1'],
      [true, 'times: 1'],
    ]);
  });

  test('at a past time counts the events until then', async () => {
    const why = await explainMember(room, { id: 'buyers' }, idOf(0), { asOf: '2026-03-10' });
    expect(why).toMatchObject({ holds: false, as_of: '2026-03-10T00:00:00.000Z' });
    expect(why.conditions[2]).toMatchObject({ holds: false, values: [{ name: 'times', value: '1' }] });
  });

  test('shows the events that decide: those that count first, then the nearest with what each falls short of', async () => {
    const where = {
      all: [
        { event: 'Order Completed', during: { last: '15d' }, where: [{ property: 'revenue', gte: 10 }] },
        { event: 'Order Completed', last: { where: [{ property: 'sku', is: 'coffee' }] } },
        { trait: 'city', is: 'Gent' },
      ],
    };
    const { conditions } = await explainMember(room, { definition: draft(where) }, idOf(0), { isUnmasked: true });
    const decided = conditions.map(({ rows }) =>
      rows.map(({ at, counts, falls_short_of, values }) => [
        at,
        counts,
        falls_short_of,
        values.map(({ name, value }) => `${name} ${value}`),
      ]),
    );
    expect(decided).toEqual([
      [],
      [
        ['2026-03-20T00:00:00.000Z', true, [], ['revenue 12.5']],
        ['2026-03-01T00:00:00.000Z', false, ['where.all[0].during'], ['revenue 12.5']],
      ],
      [
        ['2026-03-20T00:00:00.000Z', true, ['where.all[1].last.where[0]'], ['sku tea']],
        ['2026-03-01T00:00:00.000Z', true, ['where.all[1].last.where[0]'], ['sku tea']],
      ],
      [],
    ]);
    const masked = await explainMember(room, { definition: draft(where) }, idOf(0), { rows: 1, asOf: '2026-03-10' });
    expect(masked.conditions[1]).toMatchObject({
      rows: [{ at: '2026-03-01T00:00:00.000Z', name: 'Order Completed', counts: true, values: [{ name: 'revenue', value: '1•••' }] }],
      has_more_rows: false,
    });
    expect(masked.conditions[2]).toMatchObject({ has_more_rows: false });
    const none = await explainMember(room, { definition: draft(where) }, idOf(0), { rows: 0 });
    expect(none.conditions.flatMap(({ rows }) => rows)).toEqual([]);
  });

  test('shows the events of a sequence in order, or how far it came and which step is missing', async () => {
    const twice = [{ event: 'Order Completed' }, { event: 'Order Completed' }];
    const sequences = [
      { sequence: twice },
      { sequence: [twice[0], { ...twice[1], within: '7d' }] },
      { sequence: twice, same: ['sku'] },
      { sequence: twice, different: ['sku'] },
      { sequence: [...twice, { none: 'Order Completed', within: '30d' }] },
      { sequence: [twice[0], { none: 'Order Completed', within: '30d' }] },
      { sequence: [twice[0], { ...twice[1], without: [{ event: 'Order Completed' }] }] },
    ];
    const { conditions } = await explainMember(room, { definition: draft({ any: sequences }) }, idOf(0));
    const shown = conditions
      .slice(1)
      .map(({ holds, rows }) => [
        holds,
        ...rows.map(({ step, at, falls_short_of: missing }) => [step, at?.slice(5, 10), ...missing].join(' ')),
      ]);
    expect(shown).toEqual([
      [true, '1 03-01', '2 03-20'],
      [false, '1 03-20 where.any[1].sequence[1]'],
      [true, '1 03-01', '2 03-20'],
      [false, '1 03-20 where.any[3].sequence[1]'],
      [false, '1 03-01', '2 03-20 where.any[4].sequence[2]'],
      [false, '1 03-20 where.any[5].sequence[1]'],
      [true, '1 03-01', '2 03-20'],
    ]);
  });

  test('shows related rows with their keys and the tested columns, and of `every` those that differ first', async () => {
    await createRelated(warehouse);
    await fillRelated(warehouse, {
      orders: [
        {
          order_id: 'a',
          profile_id: idOf(0),
          store_id: 1,
          ordered_at: '2026-03-28T00:00:00.000Z',
          amount: '250.10',
          weight: 1.5,
          status: 'paid',
        },
        {
          order_id: 'b',
          profile_id: idOf(0),
          store_id: 2,
          ordered_at: '2026-03-01T00:00:00.000Z',
          amount: '12.50',
          weight: 2.5,
          status: 'open',
        },
        { order_id: 'c', profile_id: idOf(1), store_id: 1, ordered_at: null, amount: '1', status: 'paid' },
      ],
      order_lines: [
        { line_id: 'a1', order_id: 'a', product_id: 7, quantity: 1 },
        { line_id: 'b1', order_id: 'b', product_id: 8, quantity: 3 },
      ],
      products: [
        { product_id: 7, category: 'tea' },
        { product_id: 8, category: null },
      ],
      stores: [
        { store_id: 1, region_id: 'N', city: 'Gent' },
        { store_id: 2, region_id: null, city: 'Bonn' },
      ],
      regions: [],
      accounts: [],
      account_members: [],
    });
    const related = { ...room, catalogue: async () => relatedCatalogue(warehouse.prefix) };
    const where = {
      all: [
        { related: 'orders', at: 'ordered_at', during: { last: '7d' }, where: [{ column: 'amount', gte: 100 }] },
        { related: 'orders', where: [{ column: 'store.city', is: 'Bonn' }], count: { gte: 2 } },
        { related: 'orders', every: [{ column: 'status', is: 'paid' }] },
        { related: 'orders.lines', where: [{ column: 'product.category', is: 'tea' }] },
        { related: 'orders', min: { column: 'amount', lt: 20 } },
        { related: 'orders', max: { column: 'ordered_at', after: '2026-03-20' } },
        { related: 'orders', avg: { column: 'weight', gte: 2 } },
        { related: 'orders', avg: { column: 'amount', gte: 2 } },
      ],
    };
    const { conditions, holds } = await explainMember(related, { definition: draft(where) }, idOf(0));
    const shown = conditions
      .slice(1)
      .map(({ holds: isTrue, values, rows }) => [
        isTrue,
        values.map(({ name, value }) => `${name} ${value}`).join(', '),
        ...rows.map(
          (row) =>
            `${row.key} ${row.counts} ${row.falls_short_of.join()} ${row.values.map(({ name, value }) => `${name}=${value}`).join()}`,
        ),
      ]);
    expect(holds).toBe(false);
    expect(shown).toEqual([
      [
        true,
        'times 1',
        'a true  ordered_at=2026-03-28 00:00:00.000,amount=250.1',
        'b false where.all[0].during,where.all[0].where[0] ordered_at=2026-03-01 00:00:00.000,amount=12.5',
      ],
      [false, 'times 1', 'b true  store.city=Bonn', 'a false where.all[1].where[0] store.city=Gent'],
      [false, 'rows 2, rows that differ 1', 'b true where.all[2].every[0] status=open', 'a true  status=paid'],
      [true, 'times 1', 'a1 true  product.category=tea', 'b1 false where.all[3].where[0] product.category=null'],
      [true, 'lowest 12.5', 'b true  amount=12.5', 'a true  amount=250.1'],
      [true, 'highest 2026-03-28 00:00:00.000', 'a true  ordered_at=2026-03-28 00:00:00.000', 'b true  ordered_at=2026-03-01 00:00:00.000'],
      [true, 'average 2', 'a true  weight=1.5', 'b true  weight=2.5'],
      [true, 'sum 262.6, values 2', 'a true  amount=250.1', 'b true  amount=12.5'],
    ]);
  });

  test.each(['nobody', '', '00000000-0000-4000-8000-0000000000ff', "'; drop table sluice.profiles; --"])(
    'of %j, which is nobody’s key, says so',
    async (key) => {
      await expect(explainMember(room, { id: 'buyers' }, key)).rejects.toMatchObject({ code: 'segments.not_an_entity' });
    },
  );
});

describe('a comparison', () => {
  test('of an edit says who would enter and leave, and which condition decides', async () => {
    const edit = draft(
      {
        all: [
          { trait: 'order_count', gte: 2 },
          { event: 'Order Completed', count: { lte: 1 } },
        ],
      },
      'buyers',
    );
    const change = await compareSegment(room, { definition: edit });
    expect(change).toMatchObject({ published_version: '1', entering: 1, entering_by_data: 0, leaving: 1, staying: 0 });
    expect(change.kept_out_before).toMatchObject([
      { path: 'where.all[0]', sentence: 'city is Gent', members: 1 },
      { path: 'where.all[1]', members: 1 },
      { path: 'where.all[2]', members: 1 },
    ]);
    expect(change.kept_out_after).toMatchObject([
      { path: 'where.all[0]', members: 0 },
      { path: 'where.all[1]', members: 1 },
    ]);
    expect(change.sample).toMatchObject([
      { member_id: idOf(2), change: 'enters' },
      { member_id: idOf(0), change: 'leaves', because: [{ path: 'where.all[1]' }] },
    ]);
  });

  test('without an edit changes nothing, and of a segment that was never published everybody enters', async () => {
    expect(await compareSegment(room, { id: 'buyers' })).toMatchObject({ entering: 0, leaving: 0, staying: 1, sample: [] });
    expect(await compareSegment(room, { definition: draft({ trait: 'city', exists: true }) })).toMatchObject({
      published_version: null,
      entering: 3,
      leaving: 0,
      kept_out_before: [],
    });
  });
});

test('a back-test counts the events until each week, and names what it does not move', async () => {
  const tested = await backtestSegment(room, { id: 'buyers' }, { weeks: 2 });
  expect(tested.sizes).toEqual([
    { as_of: '2026-03-16T12:00:00.000Z', members: 0, outcome: null },
    { as_of: '2026-03-23T12:00:00.000Z', members: 1, outcome: null },
    { as_of: '2026-03-30T12:00:00.000Z', members: 1, outcome: null },
  ]);
  expect(tested.not_moved).toEqual(['where.all[0]', 'where.all[2].any[0]', 'where.all[2].any[1]']);
  await expect(backtestSegment(room, { id: 'buyers' }, { weeks: 1000 })).rejects.toMatchObject({ code: 'segments.usage' });
});

describe('the outcome of a back-test', () => {
  const ordered = { event: 'Order Completed' };
  const asked = (where: unknown, days = 14) =>
    backtestSegment(room, { definition: draft(ordered) }, { weeks: 5, outcome: { where, days } });

  test('is counted of the members and of the others in the days after each week, and only where these have passed', async () => {
    const { outcome, sizes } = await asked(ordered);
    expect(outcome).toEqual({ sentence: expect.stringContaining('Order Completed at least once'), days: 14 });
    const met = (members_met: number, members_share: number | null, others: number, others_met: number, others_share: number) => ({
      members_met,
      members_share,
      others,
      others_met,
      others_share,
    });
    expect(sizes).toEqual([
      { as_of: '2026-02-23T12:00:00.000Z', members: 0, outcome: met(0, null, 4, 2, 0.5) },
      { as_of: '2026-03-02T12:00:00.000Z', members: 2, outcome: met(0, 0, 2, 0, 0) },
      { as_of: '2026-03-09T12:00:00.000Z', members: 2, outcome: met(1, 0.5, 2, 0, 0) },
      { as_of: '2026-03-16T12:00:00.000Z', members: 2, outcome: met(1, 0.5, 2, 0, 0) },
      { as_of: '2026-03-23T12:00:00.000Z', members: 2, outcome: null },
      { as_of: '2026-03-30T12:00:00.000Z', members: 2, outcome: null },
    ]);
    const never = await asked({ not: { event: 'Order Completed', count: { gte: 1 } } });
    expect(never.sizes[2]?.outcome).toMatchObject({ members_met: 1, others_met: 2 });
  });

  test.each([
    [{ trait: 'city', is: 'Gent' }, 'outcome.trait', 'an outcome happens afterwards'],
    [{ all: [ordered, { segment: 'buyers' }] }, 'outcome.all[1].segment', 'an outcome happens afterwards'],
    [{ event: 'Order Completed', during: { last: '3d' } }, 'outcome.during', 'leave during out'],
    [{ evnt: 'Order Completed' }, 'outcome', 'Did you mean event'],
    [{ event: 'Order Completed', where: [{ column: 'sorce', is: 'web' }] }, 'outcome.where[0].column', 'sorce'],
  ])('%j is refused at its place', async (where, place, message) => {
    await expect(asked(where)).rejects.toThrow(new RegExp(`${place.replaceAll('[', '\\[')}[\\s\\S]*${message}`));
  });

  test('takes 1 to 365 days', async () => {
    await expect(asked(ordered, 0)).rejects.toMatchObject({ code: 'segments.usage' });
    await expect(asked(ordered, 366)).rejects.toMatchObject({ code: 'segments.usage' });
  });
});

test('an overlap counts shared members, and a waterfall gives each to the first segment', async () => {
  room.apply({
    buyers,
    gent: { where: { trait: 'city', is: 'Gent' } },
    everybody: { where: { trait: 'order_count', gte: 0 } },
    unpublished: { where: { trait: 'city', is: 'Gent' } },
  });
  await publishSegment(room, 'gent');
  await publishSegment(room, 'everybody');
  expect((await overlapOf(room, ['everybody', 'buyers', 'gent'])).matrix).toEqual([
    [3, 1, 2],
    [1, 1, 1],
    [2, 1, 2],
  ]);
  expect((await waterfallOf(room, ['buyers', 'gent', 'everybody'])).segments).toEqual([
    { segment_id: 'buyers', members: 1, taken: 1, dropped: 0 },
    { segment_id: 'gent', members: 2, taken: 1, dropped: 1 },
    { segment_id: 'everybody', members: 3, taken: 1, dropped: 2 },
  ]);
  await expect(overlapOf(room, ['gent', 'unpublished'])).rejects.toMatchObject({ code: 'segments.unpublished' });
  await expect(overlapOf(room, ['gent', 'gent'])).rejects.toMatchObject({ code: 'segments.usage' });
  await expect(overlapOf(room, ['gent', 'gnt'])).rejects.toMatchObject({ code: 'segments.missing' });
});

const draft = (where: object, id = 'draft') =>
  ({ id, title: id, entity: 'person', where, guard: { allow_empty: false, max_growth: 5, max_shrink: 0.8 } }) as never;
