import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { segmentRoom } from '../../test/segments/deps.ts';
import { fillHouseholds, householdCatalogue } from '../../test/segments/own-entity.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import type { App } from '../app.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { sampleEvents } from '../catalogue/sample.ts';
import { formatProblem } from '../documents/problem.ts';
import { checkSegment } from '../segments/check-against-catalogue.ts';
import { readDefinition } from '../segments/document.ts';
import { previewSegment } from '../segments/preview.ts';
import { segmentSize } from '../segments/size.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { registerCatalogue } from './catalogue.ts';
import { registerSentences } from './segment-sentences.ts';
import type { Terminal } from './terminal.ts';

let warehouse: Warehouse;
let catalogue: Catalogue;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await fillHouseholds(warehouse);
  catalogue = householdCatalogue(warehouse.databases.published);
});
afterAll(async () => warehouse.close());

function defined(where: object) {
  const read = readDefinition({ id: 'one', title: 'One', entity: 'household', where });
  if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem(problem)).join('\n'));
  return read.definition;
}

const room = () => ({ ...segmentRoom(warehouse, warehouse.prefix), catalogue: async () => catalogue });

/** Members, as both forms of the segment find them. */
async function members(where: object): Promise<number[]> {
  const target = { definition: defined(where) };
  const { members: size } = await segmentSize(room(), target);
  const { members: counted, people, sample } = await previewSegment(room(), target, { sampleSize: 10 });
  expect({ counted, people, sampled: sample.length }).toEqual({ counted: size, people: 4, sampled: size });
  return sample.map(({ household_id }) => Number(String(household_id).slice(-2)));
}

describe('a segment of households', () => {
  test('asks for traits of two tables', async () => {
    expect(
      await members({
        all: [
          { trait: 'city', is: 'Gent' },
          { trait: 'plan', is: 'plus' },
        ],
      }),
    ).toEqual([0]);
    expect(await members({ trait: 'size', gte: 3 })).toEqual([0, 3]);
  });

  test('has a household once although a table of traits has it twice, and none that only that table has', async () => {
    expect(await members({ trait: 'score', gte: 50 })).toEqual([0, 1]);
    expect(await members({ trait: 'score', lt: 50 })).toEqual([]);
    expect(await members({ trait: 'plan', is: 'basic' })).toEqual([1]);
  });

  test('knows nothing of the traits of those without a row: not 0, not the first of an enum', async () => {
    expect(await members({ trait: 'score', missing: true })).toEqual([2, 3]);
    expect(await members({ trait: 'score', lte: 0 })).toEqual([]);
    expect(await members({ not: { trait: 'plan', is: 'plus' } })).toEqual([1, 2, 3]);
    expect(await members({ trait: 'plan', is_not: 'plus' })).toEqual([1]);
    expect(await members({ trait: 'tags', has_none: ['early'] })).toEqual([1, 2, 3]);
    expect(
      await members({
        any: [
          { trait: 'city', is: 'Bonn' },
          { trait: 'score', gte: 60 },
        ],
      }),
    ).toEqual([1, 2, 3]);
  });

  test('asks for events by properties that are columns, and leaves out guests and strangers', async () => {
    expect(await members({ event: 'Delivered' })).toEqual([0, 1]);
    expect(await members({ event: 'Delivered', where: [{ property: 'weight', gt: '12.499' }] })).toEqual([0, 1]);
    expect(await members({ event: 'Delivered', count: { gte: 2 } })).toEqual([0]);
    expect(
      await members({
        event: 'Delivered',
        where: [
          { property: 'carrier', starts_with: 'b' },
          { property: 'is_late', is: false },
        ],
      }),
    ).toEqual([0]);
    expect(await members({ event: 'Delivered', where: [{ property: 'is_late', missing: true }] })).toEqual([1]);
    expect(await members({ event: 'Delivered', where: [{ property: 'items', has_all: ['tea', 'Van'] }] })).toEqual([0]);
    expect(await members({ event: 'Delivered', where: [{ property: 'items', has_none: ['tea'] }] })).toEqual([1]);
    expect(await members({ event: 'Delivered', count: { eq: 0 } })).toEqual([2, 3]);
    expect(await members({ event: 'Delivered', during: { from: '2026-03-01', to: '2026-03-01' } })).toEqual([0]);
  });

  test('counts events of several streams together', async () => {
    expect(await members({ event: 'App Opened', where: [{ property: 'rooms', has_any: ['bath'] }] })).toEqual([2]);
    expect(await members({ event: 'App Opened', where: [{ property: 'rooms', has_none: ['bath'] }] })).toEqual([]);
    expect(await members({ event: ['Delivered', 'App Opened'], count: { gte: 3 } })).toEqual([0]);
    expect(await members({ event: ['Delivered', 'App Opened'] })).toEqual([0, 1, 2]);
    expect(await members({ event: ['Delivered', 'App Opened'], where: [{ property: 'weight', lt: 4 }] })).toEqual([0]);
    expect(await members({ all: [{ event: 'App Opened' }, { event: 'Delivered', count: { eq: 0 } }] })).toEqual([2]);
  });

  test('asks for rows that belong to them, to the product of a line of an order', async () => {
    expect(await members({ related: 'orders', sum: { column: 'amount', gte: 12 } })).toEqual([0]);
    expect(await members({ related: 'orders', count: { eq: 0 } })).toEqual([1, 2, 3]);
    expect(await members({ related: 'orders.lines', where: [{ column: 'product.category', is: 'tea' }] })).toEqual([0]);
    expect(await members({ related: 'orders.lines.product', every: [{ column: 'category', is: 'coffee' }] })).toEqual([]);
  });

  test('says where an event is counted when another stream has some of its name', async () => {
    const { warnings } = await previewSegment(room(), { definition: defined({ event: 'Delivered' }) });
    expect(warnings.map((problem) => formatProblem(problem))).toEqual([
      'where.event: Delivered is counted in the model fct_deliveries, which is declared to be of that name; those in app_events are not counted.',
    ]);
  });
});

describe('the check of a segment of households', () => {
  const problems = (where: object) => {
    const checked = checkSegment(defined(where), { catalogue, segments: new Map() });
    return checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem));
  };

  test.each([
    [
      { event: 'Delivered', where: [{ property: 'wieght', gt: 1 }] },
      'where.where[0].property: Delivered (model fct_deliveries) has no property wieght. It has weight, carrier, is_late, items. Did you mean weight?',
    ],
    [{ event: 'Delivered', where: [{ property: 'weight', contains: '1' }] }, 'where.where[0].contains: contains does not fit a number'],
    [{ event: 'Delivered', where: [{ property: 'weight', is: 'heavy' }] }, 'expected a number, not the text "heavy"'],
    [
      { event: ['App Opened', 'Delivered'], where: [{ property: 'screen', is: 'x' }] },
      'Delivered (model fct_deliveries) has no property screen.',
    ],
    [
      { trait: 'orders', exists: true },
      'where.trait: orders are related rows of a household (orders), no trait: write `{ related: orders }`',
    ],
    [{ trait: 'orders.amount', gt: 1 }, 'orders are related rows of a household (orders), no trait: write'],
  ])('%j is refused', (where, sentence) => {
    expect(problems(where)).toEqual([expect.stringContaining(sentence)]);
  });

  test('a condition on related rows says which words it does not have', () => {
    const read = readDefinition({ id: 'one', title: 'One', entity: 'household', where: { all: [{ related: 'orders', some: {} }] } });
    expect(read.ok ? [] : read.problems.map((problem) => formatProblem(problem))).toEqual([
      expect.stringContaining('where.all[0].some: there is no some here.'),
    ]);
  });

  test('of an entity whose events all have names of their own, an unknown event is refused', () => {
    const { streams, ...rest } = catalogue.entities.get('household') ?? { streams: [] };
    const only = { ...rest, streams: streams.filter(({ event }) => event.is === 'constant') };
    const world = { catalogue: { ...catalogue, entities: new Map([['household', only as never]]) }, segments: new Map() };
    const checked = checkSegment(defined({ event: 'Deliverd' }), world);
    expect(checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem))).toEqual([
      'where.event: there is no event Deliverd of a household. Did you mean Delivered?',
    ]);
  });
});

test('sluice segment from-sentence and describe say the same in both directions', async () => {
  const run = async (...args: readonly string[]) => {
    const texts: string[] = [];
    const terminal = { result: (_: unknown, human: () => string) => void texts.push(human()) } as unknown as Terminal;
    const app = { segments: async () => room() } as unknown as App;
    const program = new Command().exitOverride();
    registerSentences(program, async (body) => void (await body({ app, terminal, signal: new AbortController().signal })));
    await program.parseAsync([...args], { from: 'user' });
    return texts.join();
  };
  const said = 'Delivered minstens 2 keer in de afgelopen 30 dagen';
  const yaml = await run('from-sentence', said, '--language', 'nl', '--entity', 'household');
  expect(yaml).toBe('where:\n  event: Delivered\n  count:\n    gte: 2\n  during:\n    last: 30d');
  const file = join(await mkdtemp(join(tmpdir(), 'sentences-')), 'often.yml');
  await writeFile(file, `id: often\ntitle: Often\nentity: household\n${yaml}\n`);
  const text = await run('describe', '--file', file, '--language', 'nl');
  expect(text).toBe(`Segment often: Often\nElke Household met:\n- ${said}`);
  await expect(run('from-sentence', 'Delivered at leest 2 times', '--entity', 'household')).rejects.toThrow(
    '1:14: cannot be read from “leest” on',
  );
  await expect(run('describe', '--file', file, '--language', 'fr')).rejects.toThrow('--language takes en or nl, not fr');
});

describe('sluice catalogue', () => {
  /** What the command reports: its document, and its text. */
  async function shown(...args: readonly string[]): Promise<{ document: unknown; text: string }> {
    const reported: { document: unknown; text: string }[] = [];
    const terminal = {
      result: (document: unknown, human: () => string) => void reported.push({ document, text: human() }),
      table: (columns: readonly string[], rows: readonly (readonly unknown[])[]) =>
        [columns, ...rows].map((row) => row.join(' | ')).join('\n'),
    } as unknown as Terminal;
    const app = { segments: async () => room(), warehouse: async () => warehouse } as unknown as App;
    const program = new Command().exitOverride();
    registerCatalogue(program, async (body) => void (await body({ app, terminal, signal: new AbortController().signal })));
    await program.parseAsync(['catalogue', ...args], { from: 'user' });
    return reported[0] ?? { document: undefined, text: '' };
  }

  test('shows an entity with its label, key, tables, streams, events and relations to any depth', async () => {
    const { published } = warehouse.databases;
    const { document } = await shown('--entity', 'household');
    expect(document).toMatchObject({
      entities: [
        {
          name: 'household',
          label: 'Household',
          key: 'household_id',
          table: `${published}.dim_households`,
          tables: [`${published}.dim_households`, `${published}.household_scores`],
          streams: [
            { name: 'app_events', event_column: 'name', key: 'household_id' },
            { name: 'fct_deliveries', event: 'Delivered', key: 'hh', time: 'delivered_at' },
          ],
          events: [
            { name: 'Delivered', stream: 'fct_deliveries', count: 5 },
            { name: 'App Opened', stream: 'app_events', count: 2 },
            { name: 'Delivered', stream: 'app_events', count: 1 },
          ],
          related: [
            { name: 'orders', path: ['orders'], depth: 1, cardinality: 'many', to: { model: 'orders' }, key: 'order_id' },
            { path: ['orders', 'lines'], depth: 2, cardinality: 'many', columns: [{}, {}, {}, { name: 'quantity', kind: 'number' }] },
            { path: ['orders', 'lines', 'product'], depth: 3, cardinality: 'one', table: `${published}.products` },
          ],
        },
      ],
    });
  });

  test('says the same to people', async () => {
    const { text } = await shown();
    for (const part of [
      'household (Household)',
      'size | People in it | number | UInt8',
      'Delivered | fct_deliveries | 5 | 2026-03-01 | 2026-03-10 | weight (Decimal(18, 3))',
      'every row of fct_deliveries is “Delivered”',
      'app_events names its events in name',
      'orders → lines → product | one | products | order_lines.product_id = products.product_id',
    ])
      expect(text).toContain(part);
  });

  test('of an entity that is not there names the nearest', async () => {
    await expect(shown('--entity', 'houshold')).rejects.toThrow('There is no entity houshold. Did you mean household?');
  });

  test('samples streams whose columns have other names: what JSON holds is seen, what columns hold is declared', async () => {
    const samples = await sampleEvents(warehouse.reader, catalogue.entities.get('household')?.streams ?? []);
    expect(samples.find(({ stream, name }) => stream === 'app_events' && name === 'App Opened')?.properties).toEqual([
      { name: 'rooms', types: ['Array(Nullable(String))'], share: 0.5 },
      { name: 'screen', types: ['String'], share: 1 },
      { name: 'weight', types: ['Int64'], share: 0.5 },
    ]);
    expect(samples.find(({ stream }) => stream === 'fct_deliveries')).toMatchObject({
      firstSeenAt: expect.stringContaining('2026-03-01T12:00:00') as string,
      properties: [
        { name: 'weight', types: ['Decimal(18, 3)'], label: 'Weight in kg', description: 'Test column weight.' },
        { name: 'carrier', types: ['LowCardinality(String)'] },
        { name: 'is_late', types: ['Nullable(Bool)'] },
        { name: 'items', types: ['Array(LowCardinality(String))'] },
      ],
    });
  });
});
