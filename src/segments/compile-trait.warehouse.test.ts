/** The operators of traits that look at a calendar or at other entities, at moments where the two are hard: turns of the year, leap days, ties. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { idOf, populations } from '../../test/segments/arbitrary.ts';
import { moreTraits } from '../../test/segments/arbitrary-traits.ts';
import { matches } from '../../test/segments/oracle.ts';
import { createWorld, fillWorld, type Person, somebody, worldCatalogue } from '../../test/segments/world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { formatProblem } from '../documents/problem.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { type Compiled, compileSegment } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';
import type { Node } from './definition.ts';
import { readDefinition } from './document.ts';

let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
});
afterAll(async () => warehouse.close());

const MOMENTS = [
  '2026-12-28T12:00:00Z',
  '2026-12-31T23:30:00Z',
  '2027-02-27T23:30:00Z',
  '2027-03-01T00:00:00Z',
  '2028-02-28T12:00:00Z',
  '2028-02-29T23:30:00Z',
];
/** Days around the turn of the year and the end of February, in years with and without a leap day. */
const BIRTHDAYS = [2000, 2027].flatMap((year) =>
  ['02-22', '12-25'].flatMap((start) =>
    Array.from({ length: 14 }, (_, day) =>
      new Date(Date.parse(`${year}-${start}T00:00:00Z`) + day * 86_400_000).toISOString().slice(0, 10),
    ),
  ),
);
const TIMES = ['00:00:00Z', '23:30:00Z', '11:00:00Z'];
/** A person for each of those days, who was first seen on it as well. */
const BORN = BIRTHDAYS.map((day, index) =>
  somebody(idOf(index), { birthday_on: day, first_seen_at: new Date(`${day}T${TIMES[index % TIMES.length]}`).toISOString() }),
);

test.each(['America/Los_Angeles', 'Asia/Kolkata'])(
  'anniversaries and now agree with the oracle on every day around the turn of the year and 29 February in %s',
  async (timezone) => {
    await fillWorld(warehouse, BORN, []);
    const lengths = ['1d', '2d', '1w', '60d', '365d'];
    const asked = [{ anniversary: 'today' }, { before: 'now' }, { after: 'now' }, ...lengths.flatMap(bothWays)];
    const nodes = asked.flatMap((operator) => ['birthday_on', 'first_seen_at'].map((trait) => ({ trait, ...operator }) as Node));
    for (const asOf of MOMENTS) await assertSame(nodes, BORN, asOf, timezone);
  },
);

const bothWays = (length: string) => [{ anniversary: { next: length } }, { anniversary: { last: length } }];

test('random ranks and calculations agree with the oracle in both forms', async () => {
  const nodes = fc.array(moreTraits as fc.Arbitrary<Node>, { minLength: 30, maxLength: 30 });
  let held = 0;
  await fc.assert(
    fc.asyncProperty(fc.record({ population: populations, nodes }), async ({ population: { people }, nodes: asked }) => {
      await fillWorld(warehouse, people, []);
      held += await assertSame(asked, people, '2026-03-29T12:00:00Z', 'UTC');
    }),
    { numRuns: 6, endOnFailure: true },
  );
  expect(held).toBeGreaterThan(100);
});

/** @returns how often a condition held. */
async function assertSame(nodes: readonly Node[], people: readonly Person[], asOf: string, timezone: string): Promise<number> {
  const world = { people, happenings: new Map(), returns: new Map(), members: new Map(), asOf, timezone };
  const answers = await askAll(nodes, asOf, timezone);
  let held = 0;
  for (const [index, node] of nodes.entries()) {
    const expected = people.flatMap((person) => (matches(node, person, world) ? [person.profile_id] : [])).sort();
    held += expected.length;
    for (const answer of answers[index] ?? []) {
      const differing = people.filter(({ profile_id: id }) => answer.includes(id) !== expected.includes(id));
      if (differing.length > 0 || answer.length !== expected.length)
        throw new Error(`not what the oracle says: ${JSON.stringify({ node, asOf, timezone, differing: differing.slice(0, 3) })}`);
    }
  }
  return held;
}

test('nobody is among the best of none: a trait that nobody has finds nobody, alone and per group', async () => {
  await fillWorld(warehouse, [somebody('00000000-0000-4000-8000-000000000001', { country_code: 'NL' })], []);
  const asked = [{ share: 0.1 }, { count: 5 }, { share: 1, per: { trait: 'country_code' } }].map((top) => ({ trait: 'score', top }));
  expect(await askAll(asked as Node[], '2026-03-31T12:00:00Z', 'UTC')).toEqual(asked.map(() => [[], []]));
});

test('a key of a table of traits that belongs to no entity takes nobody’s place', async () => {
  const id = '00000000-0000-4000-8000-000000000001';
  // The stranger in the table of loyalty has 20 points.
  const loyalty = [{ points: 3, tier: 'gold', badges: [], joined_on: null }] as const;
  await fillWorld(warehouse, [somebody(id, { loyalty })], []);
  const asked = [{ count: 1 }, { share: 0.5 }, { count: 1, per: { trait: 'tier' } }].map((top) => ({ trait: 'points', top }));
  expect(await askAll(asked as Node[], '2026-03-31T12:00:00Z', 'UTC')).toEqual(asked.map(() => [[id], [id]]));
});

test('the largest values of the largest types are calculated digit by digit', async () => {
  const id = '00000000-0000-4000-8000-000000000001';
  const greatest = { ledger_id: '18446744073709551615', wide_id: '170141183460469231731687303715884105727' };
  await fillWorld(warehouse, [somebody(id, { ...greatest, fee: '9999999999999999999999999999.9999999999', score: 9007199254740992 })], []);
  const cases: [object, boolean][] = [
    [{ trait: 'ledger_id', lt: { trait: 'ledger_id', plus: 1 } }, true],
    [{ trait: 'ledger_id', is: { trait: 'ledger_id', times: 2, minus: '18446744073709551615' } }, true],
    [{ trait: 'wide_id', lt: { trait: 'wide_id', times: 1.5 } }, true],
    [{ trait: 'wide_id', is: { trait: 'wide_id', plus: '0.0001' } }, false],
    [{ trait: 'fee', lt: { trait: 'fee', plus: '0.00000000000000000001' } }, true],
    [{ trait: 'score', is: { trait: 'ledger_id', minus: '18437736874454810622' } }, false],
    [{ trait: 'score', lt: { trait: 'ledger_id', minus: '18437736874454810622' } }, true],
    [{ trait: 'order_count', is: { trait: 'order_count', minus: { trait: 'order_count' } } }, true],
    [{ trait: 'order_count', gt: { trait: 'order_count', minus: 1 } }, true],
  ];
  const answers = await askAll(
    cases.map(([node]) => node as Node),
    '2026-03-31T12:00:00Z',
    'UTC',
  );
  expect(answers).toEqual(cases.map(([, holds]) => (holds ? [[id], [id]] : [[], []])));
});

/** Members in both forms, sorted. */
async function askAll(nodes: readonly Node[], asOf: string, timezone: string): Promise<string[][][]> {
  const catalogue = worldCatalogue(warehouse.prefix);
  const context = { now: new Date(asOf), timezone, members: { database: '', table: '' }, versions: new Map<string, string>() };
  const parts: string[] = [];
  const params: Record<string, unknown> = {};
  const add = (tag: string, condition: string, compiled: Compiled) => {
    for (const [name, value] of Object.entries(compiled.params)) params[`${tag}_${name.slice(1)}`] = value;
    const sql = compiled.sql.replace(/\{p(\d+):/g, `{${tag}_$1:`);
    parts.push(`select '${tag}' as tag, arraySort(groupArrayIf(toString(profile_id), ${condition})) as ids from (\n${sql}\n)`);
  };
  for (const [index, where] of nodes.entries()) {
    const read = readDefinition({ id: 'random', title: 'random', entity: 'person', where });
    const checked = read.ok ? checkSegment(read.definition, { catalogue, segments: new Map() }) : read;
    if (!checked.ok || !('segment' in checked))
      throw new Error(`${JSON.stringify(where)}: ${checked.ok || checked.problems.map((problem) => formatProblem(problem)).join()}`);
    add(`m${index}`, 'true', compileSegment(checked.segment, context));
    add(`c${index}`, 'c0', compileConditions(checked.segment, context));
  }
  const row = z.object({ tag: z.string(), ids: z.array(z.string()) });
  const query = defineQuery({ name: 'test.traits', sql: parts.join('\nunion all\n'), params: z.looseObject({}), row });
  const rows = await warehouse.reader.ask(query, params, { settings: { join_use_nulls: 0, transform_null_in: 0 } });
  const byTag = new Map(rows.map(({ tag, ids }) => [tag, ids]));
  return nodes.map((_, index) => [byTag.get(`m${index}`) ?? ['none'], byTag.get(`c${index}`) ?? ['none']]);
}
