import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createRelated, fillRelated, relatedCatalogue, relatedModels } from '../../test/segments/related-world.ts';
import { createWorld, fillWorld, somebody, Written } from '../../test/segments/world.ts';
import { runSql, testWarehouse } from '../../test/warehouse.ts';
import { catalogueOf } from '../catalogue/catalogue.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { builderCatalogue } from './builder-catalogue.ts';
import { readFillRates } from './fill-rates.ts';
import { type SuggestionOptions, suggestValues, type ValuesOf } from './value-suggestions.ts';

let warehouse: Warehouse;
let room: TestRoom;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  await createRelated(warehouse);
  const models = relatedModels(warehouse.prefix, false).map((model) => ({
    ...model,
    columns: model.columns.map((column) => {
      const more = { lifetime_value: { currency: 'EUR' }, sizes: { unit: 'cm' } }[column.name] ?? {};
      return { ...column, meta: { sluice: { ...(column.meta.sluice as object | undefined), ...more } } };
    }),
  }));
  room = { ...segmentRoom(warehouse, warehouse.prefix), catalogue: async () => catalogueOf(models) };
  const people = [
    somebody(idOf(0), { city: 'Gent', email: 'jane@example.com', tags: ['NL', "O'Brien"], ledger_id: '18446744073709551615', score: 0.1 }),
    somebody(idOf(1), { city: 'gentbrugge', lifetime_value: '12.50', consent_email: true, birthday_on: '1980-02-29', tags: ['NL'] }),
    somebody(idOf(2), { city: '日本', last_order_at: '2026-03-01T09:00:00.123Z', wide_id: '-170141183460469231731687303715884105728' }),
    somebody(idOf(3), { city: '', lacks_traits: true, loyalty: [{ points: 1, tier: 'gold', badges: [], joined_on: null }] }),
  ];
  const properties = [
    { sku: 'tea' },
    { sku: 'tea' },
    { sku: 7 },
    { sku: '7' },
    { sku: ['tea', 'green'] },
    { sku: new Written('9007199254740993') },
    {},
  ];
  await fillWorld(
    warehouse,
    people,
    properties.map((one, index) => ({
      profile_id: idOf(0),
      event_name: 'Order Completed',
      occurred_at: `2026-03-0${index + 1}T00:00:00.000Z`,
      properties: one,
      source: index === 0 ? 'app' : 'web',
    })),
    {
      returns: [
        { customer_id: idOf(0), returned_on: '2026-03-01', revenue: '1.10', reason: '', is_damaged: false, items: 1, due_on: null },
        { customer_id: idOf(0), returned_on: '2026-03-01', revenue: '1.10', reason: 'size', is_damaged: true, items: 1, due_on: null },
      ],
      appEvents: [],
    },
  );
  const none = { regions: [], accounts: [], account_members: [], order_lines: [] };
  await fillRelated(warehouse, {
    ...none,
    orders: [
      { order_id: 'a', profile_id: idOf(0), store_id: 1, status: 'paid', amount: '0.10' },
      { order_id: 'b', profile_id: idOf(1), store_id: 1, status: 'open', amount: null },
      { order_id: 'c', profile_id: null, store_id: 2, status: 'paid', amount: '0.10' },
    ],
    stores: [
      { store_id: 1, region_id: 'N', city: 'Gent' },
      { store_id: 2, region_id: null, city: null },
    ],
    products: [{ product_id: 7, category: 'tea' }],
  });
  room.apply({ known: { where: { trait: 'email', exists: true } }, firms: { entity: 'account', where: { trait: 'name', exists: true } } });
});
afterAll(async () => warehouse.close());

const values = async (of: ValuesOf, options: SuggestionOptions = {}) => {
  const found = await suggestValues(room, 'person', of, options);
  return { ...found, values: found.values.map(({ value, kind, count }) => [value, kind, count]) };
};

describe('the catalogue of a builder', () => {
  test('says of each trait what can be asked of it, in what it counts, and how many have it', async () => {
    const [person] = (await builderCatalogue(room, 'person')).map(({ shown }) => shown);
    const traits = new Map(person?.traits.map((trait) => [trait.name, trait]));
    expect(person).toMatchObject({ entities: 4, measured_at: '2026-03-30T12:00:00.000Z' });
    expect([...traits].map(([name, { fill_rate: share }]) => [name, share])).toEqual(
      expect.arrayContaining([
        ['city', 0.75],
        ['email', 0.25],
        // One has no row in the table of traits; a list that is empty is no value, 0 is one.
        ['order_count', 0.75],
        ['tags', 0.5],
        ['score', 0.25],
        // Of a table that nobody tests: a stranger's row does not count.
        ['points', 0.25],
      ]),
    );
    expect(traits.get('lifetime_value')).toMatchObject({ currency: 'EUR', unit: null, is_pii: false });
    expect(traits.get('sizes')).toMatchObject({ unit: 'cm', operators: ['has_any', 'has_all', 'has_none', 'size', 'exists', 'missing'] });
    expect(traits.get('order_count')?.operators).toContain('top');
    expect(traits.get('city')?.operators).not.toContain('gte');
    expect(person?.segments).toEqual([{ segment_id: 'known', title: 'known', size: null, last_good_at: null }]);
  });

  test('lists events with the kinds and share of their properties, and related rows with what they reach', async () => {
    const [person] = (await builderCatalogue(room, 'person')).map(({ shown }) => shown);
    const bought = person?.events.find(({ name }) => name === 'Order Completed');
    expect(bought).toMatchObject({ count: 7, last_seen_at: '2026-03-07T00:00:00.000Z' });
    expect(bought?.properties).toMatchObject([{ name: 'sku', kinds: ['text', 'number', 'list'], share: 6 / 7, is_pii: true }]);
    const returned = person?.events.find(({ name }) => name === 'Item Returned');
    expect(returned?.properties.find(({ name }) => name === 'revenue')).toMatchObject({ share: null, is_pii: false, kinds: ['number'] });
    expect(returned?.properties.find(({ name }) => name === 'reason')?.measures).toEqual(['distinct', 'repeats']);
    const orders = person?.related.find(({ path }) => path.join('.') === 'orders');
    expect(orders?.times).toEqual(['ordered_at', 'shipped_on']);
    expect(orders?.columns.find(({ name }) => name === 'ordered_at')?.measures).toEqual(['min', 'max', 'distinct', 'repeats']);
    expect(orders?.reachable_columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['store.city', 'store.region.name']));
  });

  test('does not show 0 of what is not known, and measures a table once within ten minutes', async () => {
    const entity = (await room.catalogue()).entities.get('person');
    if (!entity) throw new Error('the world has no person');
    const unbuilt = relatedCatalogue('sluice_t_unbuilt').entities.get('person') ?? entity;
    expect(await readFillRates(room, unbuilt)).toEqual({ asOf: null, entities: null, of: new Map() });
    const before = await readFillRates(room, entity);
    await runSql(warehouse.owner, `insert into sluice.profiles (profile_id) values ('${idOf(9)}')`);
    expect(await readFillRates(room, entity)).toEqual(before);
    const later = { ...room, now: () => new Date(room.now().getTime() + 11 * 60_000) };
    expect(await readFillRates(later, entity)).toMatchObject({ entities: 5, asOf: '2026-03-30T12:11:00.000Z' });
    await runSql(warehouse.owner, `delete from sluice.profiles where profile_id = '${idOf(9)}'`);
  });
});

describe('values to pick from', () => {
  test('keep their exact text in every type, and an empty text is not a missing value', async () => {
    expect(await values({ trait: 'city' })).toMatchObject({
      rows: 4,
      missing: 0,
      different: 4,
      is_sample: false,
      values: [
        ['', 'text', 1],
        ['Gent', 'text', 1],
        ['gentbrugge', 'text', 1],
        ['日本', 'text', 1],
      ],
    });
    const first = async (trait: string) => (await values({ trait })).values.map(([value]) => value);
    expect(await first('ledger_id')).toEqual(['0', '18446744073709551615']);
    expect(await first('wide_id')).toEqual(['-170141183460469231731687303715884105728']);
    expect(await first('lifetime_value')).toEqual(['0', '12.5']);
    expect(await first('birthday_on')).toEqual(['1980-02-29']);
    expect(await first('last_order_at')).toEqual(['2026-03-01T09:00:00.123Z']);
    expect(await first('consent_email')).toEqual(['true']);
    expect(await first('score')).toEqual(['0.1']);
    expect(await values({ trait: 'tags' })).toMatchObject({
      missing: 1,
      values: [
        ['NL', 'text', 2],
        ["O'Brien", 'text', 1],
      ],
    });
    expect(await values({ trait: 'tier' })).toMatchObject({ rows: 1, values: [['gold', 'text', 1]] });
  });

  test('are searched from the beginning and within, whatever the case, and bounded', async () => {
    expect((await values({ trait: 'city' }, { search: 'GENT' })).values).toEqual([
      ['Gent', 'text', 1],
      ['gentbrugge', 'text', 1],
    ]);
    expect((await values({ trait: 'city' }, { search: 'BRUG' })).values).toEqual([['gentbrugge', 'text', 1]]);
    expect((await values({ trait: 'city' }, { search: '本' })).values).toEqual([['日本', 'text', 1]]);
    expect((await values({ trait: 'city' }, { search: "' or 1 = 1 --" })).values).toEqual([]);
    expect((await values({ trait: 'city' }, { limit: 2 })).values).toHaveLength(2);
  });

  test('of a property in JSON have the kind of each, and of a column of related rows reach over relations to one', async () => {
    const of = { event: 'Order Completed', property: 'sku' };
    expect(await values(of, { isUnmasked: true })).toMatchObject({
      rows: 8,
      missing: 1,
      values: [
        ['tea', 'text', 3],
        ['7', 'number', 1],
        ['7', 'text', 1],
        ['9007199254740993', 'number', 1],
        ['green', 'text', 1],
      ],
    });
    expect((await values({ event: 'Item Returned', property: 'reason' })).values).toEqual([
      ['', 'text', 3],
      ['size', 'text', 1],
    ]);
    expect((await values({ stream: 'events', column: 'source' })).values).toEqual([
      ['web', 'text', 6],
      ['app', 'text', 1],
    ]);
    expect(await values({ related: 'orders', column: 'status' })).toMatchObject({
      values: [
        ['paid', 'text', 2],
        ['open', 'text', 1],
      ],
    });
    expect(await values({ related: 'orders', column: 'store.city' })).toMatchObject({ missing: 1, values: [['Gent', 'text', 1]] });
  });

  test('that are personal, or may be, are refused without the right to see them', async () => {
    await expect(values({ trait: 'email' }, { search: 'jane' })).rejects.toMatchObject({ code: 'catalogue.personal_values', status: 403 });
    await expect(values({ event: 'Order Completed', property: 'sku' })).rejects.toMatchObject({ code: 'catalogue.personal_values' });
    expect((await values({ trait: 'email' }, { isUnmasked: true })).values).toEqual([['jane@example.com', 'text', 1]]);
  });

  test('come from a sample that says so where reading all costs too much', async () => {
    const budget = { exactRows: 2, sampleRows: 3 };
    expect(await values({ trait: 'city' }, { budget })).toMatchObject({ rows: 3, is_sample: true });
  });

  test.each([
    [{ trait: 'citty' }, 'city'],
    [{ event: 'Item Returned', property: 'reson' }, 'reason'],
    [{ related: 'order', column: 'status' }, 'orders'],
    [{ related: 'orders', column: 'store.citty' }, 'city'],
    [{ stream: 'events', column: 'sorce' }, 'source'],
  ] satisfies [ValuesOf, string][])('of %j, which is not there, are refused with what may be meant', async (of, meant) => {
    await expect(values(of)).rejects.toMatchObject({
      code: 'catalogue.unknown_name',
      message: expect.stringContaining(`Did you mean ${meant}?`),
    });
  });
});
