/** A company's own entity, from its segment to the rows that arrive, in a warehouse without any table of the package's models. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryDestination } from '../../test/memory-destination.ts';
import { segmentRoom } from '../../test/segments/deps.ts';
import { type OwnTable, ownCatalogue, ownTableSql } from '../../test/segments/household.ts';
import { openSyncWorld, putMemorySync, type SyncWorld } from '../../test/sync-world.ts';
import { publishSegment } from '../segments/publish.ts';
import type { SyncDeps } from './deps.ts';
import { runSync } from './run-sync.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
});
afterAll(() => world.close());

const fill = async (table: OwnTable, keys: readonly (readonly [string, string])[]) => {
  for (const sql of ownTableSql(table, keys)) await world.execute(sql);
};

test.each([
  [
    'UInt64',
    ['9007199254740993', '9007199254740992', '18446744073709551615'],
    ['9007199254740993', '9007199254740992', '18446744073709551615'],
  ],
  ['LowCardinality(Nullable(String))', ["'h-1'", "'H-1'", "'h-1 '"], ['h-1', 'H-1', 'h-1 ']],
  ['FixedString(4)', ["'a\\0b'", "'a\\0c'", "'ab'"], ['a\0b', 'a\0c', 'ab']],
])('a segment and a sync over households with the key %s deliver each of them by its own key', async (keyType, literals, keys) => {
  const table: OwnTable = { keyType, database: world.warehouse.databases.staging, table: 'households' };
  const [first = '', second = '', third = ''] = literals;
  await fill(table, [
    [first, 'NL'],
    [second, 'NL'],
    [third, 'BE'],
  ]);
  const id = `households-${keyType.slice(0, 3).toLowerCase()}`;
  const destination = memoryDestination();
  const base = putMemorySync(world, destination, {
    id,
    source: { segment: id },
    key: { email: 'household_id' },
    fields: { first_name: 'city' },
  });
  const deps: SyncDeps = { ...base, catalogue: async () => ownCatalogue(table) };
  const room = { ...segmentRoom(world.warehouse, world.warehouse.prefix), catalogue: deps.catalogue };
  const document = { entity: 'household', where: { trait: 'city', is: 'NL' } };
  room.apply({ [id]: document });
  world.put('segment', { id, title: id, ...document });

  expect(await publishSegment(room, id)).toMatchObject({ size: 2 });
  expect(await runSync(deps, id)).toMatchObject({ status: 'succeeded', adds: 2, accepted: 2 });
  expect([...destination.held.keys()].sort()).toEqual(keys.slice(0, 2).sort());
  await fill(table, [
    [first, 'BE'],
    [second, 'NL'],
    [third, 'NL'],
  ]);
  room.tick();
  await publishSegment(room, id);
  expect(await runSync(deps, id)).toMatchObject({ status: 'succeeded', adds: 1, removes: 1, removed: 1 });
  expect([...destination.held.keys()].sort()).toEqual(keys.slice(1).sort());
});

test('a sync of a table finds one of the catalogue in a database of its own, and says when two are meant', async () => {
  const { databases } = world.warehouse;
  const table: OwnTable = { keyType: 'UInt64', database: databases.staging, table: 'dim_households' };
  await fill(table, [['1', 'NL']]);
  const destination = memoryDestination();
  const base = putMemorySync(world, destination, {
    source: { table: 'dim_households' },
    key: { email: 'household_id' },
    fields: { first_name: 'city' },
  });
  const over = (...tables: readonly OwnTable[]): SyncDeps => ({ ...base, catalogue: async () => ownCatalogue(...tables) });
  expect(await runSync(over(table), 'people-to-memory')).toMatchObject({ status: 'succeeded', adds: 1 });
  await expect(runSync(over(), 'people-to-memory')).rejects.toMatchObject({ code: 'syncs.source_missing' });
  const twin: OwnTable = { ...table, entity: 'store', key: 'store_id', database: databases.identity };
  await expect(runSync(over(table, twin), 'people-to-memory')).rejects.toMatchObject({
    code: 'syncs.source_missing',
    message: expect.stringContaining(`Two databases have a table dim_households`),
  });
});
