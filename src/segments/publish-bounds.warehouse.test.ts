/** What a publication must leave alone: what others applied meanwhile, the project's own views, the hour of the server. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createWorld, fillWorld, somebody } from '../../test/segments/world.ts';
import { rowsOf, runSql, testWarehouse } from '../../test/warehouse.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { compareSegment } from './compare.ts';
import { readMemberships } from './memberships.ts';
import { publishSegment } from './publish.ts';
import { publishAll } from './publish-all.ts';

let warehouse: Warehouse;
let room: TestRoom;
const zone = process.env.TZ;
const everybody = { where: { trait: 'city', is: 'Gent' } };

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  await fillWorld(
    warehouse,
    Array.from({ length: 3 }, (_, index) => somebody(idOf(index), { city: 'Gent' })),
    [],
  );
});
afterAll(async () => warehouse.close());
beforeEach(() => {
  room = segmentRoom(warehouse, warehouse.prefix);
});
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

test('the history has the moment of the publication, whatever the zone of the server', async () => {
  process.env.TZ = 'Europe/Amsterdam';
  room.apply({ zoned: everybody });
  await publishSegment(room, 'zoned');
  const history = await rowsOf(warehouse.owner, "select occurred_at from sluice_audit.membership_history where segment_id = 'zoned'");
  expect(history).toEqual(Array.from({ length: 3 }, () => ({ occurred_at: '2026-03-30T12:00:00.000Z' })));
});

test('a segment that is applied and published during a run of all stays', async () => {
  room.apply({ first: everybody });
  let isApplied = false;
  const outcomes = await publishAll({
    ...room,
    catalogue: async () => {
      if (!isApplied) {
        isApplied = true;
        room.apply({ first: everybody, fresh: everybody });
        await publishSegment(room, 'fresh');
      }
      return room.catalogue();
    },
  });
  expect(outcomes.filter(({ segment_id: id }) => id === 'fresh')).toEqual([]);
});

test('a restored segment counts as published only when it is published again', async () => {
  const other = { ...everybody, exclude: ['suppressed'] };
  room.apply({ suppressed: everybody });
  await publishAll(room);
  room.tick();
  room.apply({});
  await publishAll(room);
  room.tick();
  room.apply({ suppressed: everybody, other });
  await expect(publishSegment(room, 'other')).rejects.toMatchObject({ code: 'segments.unpublished' });
  expect(await compareSegment(room, { id: 'suppressed' })).toMatchObject({ published_version: null, entering: 3 });
});

test('views of the project are neither replaced nor dropped, and its tables stop nothing', async () => {
  await runSql(warehouse.owner, 'create view sluice.audience_own as select member_id as own from sluice.segment_members');
  await runSql(warehouse.owner, 'create table sluice.audience_table (x Int8) engine = MergeTree order by x');
  room.apply({ own: everybody, table: everybody });
  await publishAll(room);
  room.tick();
  room.apply({});
  expect((await publishAll(room)).map(({ status, segment_id: id }) => [status, id])).toEqual(
    expect.arrayContaining([
      ['retired', 'own'],
      ['retired', 'table'],
    ]),
  );
  expect(await rowsOf(warehouse.owner, 'select own from sluice.audience_own limit 0')).toEqual([]);
});

test('the history of one entity is not shown to another one with the same key', async () => {
  room.apply({ people: everybody });
  await publishSegment(room, 'people');
  expect((await readMemberships({ warehouse }, 'person', idOf(0))).history.length).toBeGreaterThan(0);
  expect((await readMemberships({ warehouse }, 'account', idOf(0))).history).toEqual([]);
});
