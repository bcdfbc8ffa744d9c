/** The operators of traits that look at a calendar or at other entities, at moments where the two are hard: turns of the year, leap days, ties. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { populations, zones } from '../../test/segments/arbitrary.ts';
import { anniversary, beforeNow, moreTraits } from '../../test/segments/arbitrary-traits.ts';
import { matches } from '../../test/segments/oracle.ts';
import { from } from '../../test/segments/pools.ts';
import { createWorld, fillWorld, somebody, worldCatalogue } from '../../test/segments/world.ts';
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
const calendar = fc
  .tuple(from(['birthday_on', 'joined_on', 'first_seen_at', 'last_order_at']), fc.oneof(anniversary, beforeNow))
  .map(([trait, operator]) => ({ trait, ...operator }));

test('random ones agree with the oracle in both forms, on turns of the year, leap days and ties', async () => {
  const nodes = fc.array(fc.oneof(calendar, moreTraits) as fc.Arbitrary<Node>, { minLength: 30, maxLength: 30 });
  const scenario = fc.record({ population: populations, nodes, asOf: from(MOMENTS), timezone: zones });
  let held = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ population: { people }, nodes: asked, asOf, timezone }) => {
      await fillWorld(warehouse, people, []);
      const world = { people, happenings: new Map(), returns: new Map(), members: new Map(), asOf, timezone };
      const answers = await askAll(asked, asOf, timezone);
      for (const [index, node] of asked.entries()) {
        const expected = people.flatMap((person) => (matches(node, person, world) ? [person.profile_id] : [])).sort();
        held += expected.length;
        for (const answer of answers[index] ?? [])
          if (answer.join() !== expected.join())
            throw new Error(`not what the oracle says:\n${JSON.stringify({ node, asOf, timezone, answer, expected, people })}`);
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
  expect(held).toBeGreaterThan(100);
});

test('nobody is among the best of none: a trait that nobody has finds nobody, alone and per group', async () => {
  await fillWorld(warehouse, [somebody('00000000-0000-4000-8000-000000000001', { country_code: 'NL' })], []);
  const asked = [{ share: 0.1 }, { count: 5 }, { share: 1, per: { trait: 'country_code' } }].map((top) => ({ trait: 'score', top }));
  expect(await askAll(asked as Node[], '2026-03-31T12:00:00Z', 'UTC')).toEqual(asked.map(() => [[], []]));
});

test('the largest values of the largest types are calculated digit by digit', async () => {
  const id = '00000000-0000-4000-8000-000000000001';
  const greatest = { ledger_id: '18446744073709551615', wide_id: '170141183460469231731687303715884105727' };
  await fillWorld(warehouse, [somebody(id, { ...greatest, fee: '9999999999999999999999999999.9999999999' })], []);
  const cases: [object, boolean][] = [
    [{ trait: 'ledger_id', lt: { trait: 'ledger_id', plus: 1 } }, true],
    [{ trait: 'ledger_id', is: { trait: 'ledger_id', times: 2, minus: '18446744073709551615' } }, true],
    [{ trait: 'wide_id', lt: { trait: 'wide_id', times: 1.5 } }, true],
    [{ trait: 'wide_id', is: { trait: 'wide_id', plus: '0.0001' } }, false],
    [{ trait: 'fee', lt: { trait: 'fee', plus: '0.00000000000000000001' } }, true],
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
