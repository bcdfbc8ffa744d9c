/** Segments that are published together have the members that each has alone, and what people and BI tools read of all of them is right. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { nodes, populations } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createWorld, fillWorld } from '../../test/segments/world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { publishSegment } from './publish.ts';
import { publishAll } from './publish-all.ts';
import { segmentCosts } from './usage.ts';

const SEGMENTS = 20;

let warehouse: Warehouse;
let room: TestRoom;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  const [population] = fc.sample(populations, { numRuns: 1, seed: 7 });
  if (population) await fillWorld(warehouse, population.people, population.happenings, population);
});
afterAll(() => warehouse?.close());
beforeEach(async () => {
  for (const table of ['segment_members', 'segment_versions', 'segment_failures'])
    await warehouse.owner.run(
      defineStatement({ name: 'test.truncate', sql: `truncate table sluice_state.${table}`, params: z.object({}) }),
      {},
    );
  room = { ...segmentRoom(warehouse, warehouse.prefix), allowsSql: true };
});

const rows = (sql: string): Promise<Record<string, unknown>[]> =>
  warehouse.owner.ask(defineQuery({ name: 'test.rows', sql, params: z.object({}), row: z.looseObject({}) }), {});

const MEMBERS = `
  select segment_id, arraySort(groupArray(member_id)) as members
  from sluice.segment_members
  group by segment_id
  order by segment_id`;

test(`${SEGMENTS} random segments: together they have the members that each has alone`, async () => {
  const trees = fc.sample(nodes(['other']), { numRuns: SEGMENTS });
  const guard = { allow_empty: true, max_shrink: 1, max_growth: 1e9 };
  const segments = trees.map((where, index) => [`s-${index}`, { where, guard }] as const);
  room.apply({ other: { where: { trait: 'city', exists: true } }, ...Object.fromEntries(segments) });
  const outcomes = await publishAll(room);
  expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([]);
  const together = await rows(MEMBERS);
  room.tick();
  for (let index = 0; index < SEGMENTS; index += 1) {
    const { entered, left } = await publishSegment(room, `s-${index}`);
    if (entered + left > 0) throw new Error(`together and alone differ: ${JSON.stringify(trees[index])}`);
  }
  expect(await rows(MEMBERS)).toEqual(together);
  expect(await rows('select count() as rows from sluice_state.segment_evaluations')).toEqual([{ rows: '0' }]);
}, 120_000);

describe('what is read of several segments', () => {
  const documents = {
    viewers: { where: { event: 'Page Viewed' } },
    buyers: { where: { event: 'Order Completed' } },
    everybody: {
      where: {
        any: [
          { trait: 'city', exists: true },
          { trait: 'city', missing: true },
        ],
      },
    },
  };

  test('every person has one row with the ids of its segments, also one who is in none', async () => {
    room.apply(documents);
    await publishAll(room);
    room.apply({ viewers: documents.viewers, buyers: documents.buyers });
    await publishAll(room);
    const said = await rows('select toString(profile_id) as id, audiences from sluice.profile_audiences order by id');
    const members = await rows(
      'select member_id as id, arraySort(groupArray(segment_id)) as audiences from sluice.segment_members group by id',
    );
    const audiencesOf = new Map(members.map(({ id, audiences }) => [id, audiences]));
    const people = await rows('select toString(profile_id) as id from sluice.profiles order by id');
    expect(said).toEqual(people.map(({ id }) => ({ id, audiences: audiencesOf.get(id) ?? [] })));
    const [comment] = await rows(
      `select comment from system.tables where database = '${warehouse.databases.published}' and name = 'profile_audiences'`,
    );
    expect(comment?.comment).toContain('The segments that each person of');
  });

  test('sizes over time are a row for each publication, and say which one is current', async () => {
    room.apply({ viewers: documents.viewers });
    for (let run = 0; run < 2; run += 1) {
      room.tick();
      await publishSegment(room, 'viewers');
    }
    const sizes = await rows(
      "select toUInt32(version) as version, entered, left, is_current from sluice.segment_sizes where segment_id = 'viewers' order by version",
    );
    const [first] = sizes;
    expect(sizes).toEqual([
      { version: 1, entered: first?.entered, left: '0', is_current: false },
      { version: 2, entered: '0', left: '0', is_current: true },
    ]);
  });

  test('a view that somebody has dropped is made anew by the next publication', async () => {
    room.apply(documents);
    await publishAll(room);
    for (const view of ['audience_buyers', 'profile_audiences'])
      await warehouse.owner.run(defineStatement({ name: 'test.drop', sql: `drop view sluice.${view}`, params: z.object({}) }), {});
    room.tick();
    await publishSegment(room, 'buyers');
    expect(await rows('select count() > 0 as any from sluice.profile_audiences')).toEqual([{ any: 1 }]);
    expect(await rows('select count() >= 0 as any from sluice.audience_buyers')).toEqual([{ any: 1 }]);
  });

  test('a table of the project that has the name of one of ours is left alone', async () => {
    const run = (sql: string) => warehouse.owner.run(defineStatement({ name: 'test.run', sql, params: z.object({}) }), {});
    await run('drop view if exists sluice.profile_audiences');
    await run('create table sluice.profile_audiences (own UInt8) engine = Memory');
    room.apply({ viewers: documents.viewers });
    await publishSegment(room, 'viewers');
    expect(await rows('select count() as rows from sluice.profile_audiences where own = 1')).toEqual([{ rows: '0' }]);
    await run('drop table sluice.profile_audiences');
  });

  test('the query log tells what each has cost, what they shared in equal parts', async () => {
    room.apply(documents);
    await publishAll(room);
    const { segments } = await segmentCosts(room, { days: 1 });
    const costOf = (id: string) => segments.find(({ segment_id }) => segment_id === id);
    for (const id of Object.keys(documents)) expect(costOf(id)).toMatchObject({ failed: 0 });
    expect(costOf('viewers')?.publications).toBeGreaterThan(0);
    expect(costOf('viewers')?.read_rows).toBeGreaterThan(0);
    expect((await segmentCosts(room, { days: 1, segment: 'buyers' })).segments.map(({ segment_id }) => segment_id)).toEqual(['buyers']);
  });
});
