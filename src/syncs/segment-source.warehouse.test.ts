import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryDestination } from '../../test/memory-destination.ts';
import { openSyncWorld, putMemorySync, type SyncWorld } from '../../test/sync-world.ts';
import { catalogueOf, type PublishedModel } from '../catalogue/catalogue.ts';
import type { SyncDeps } from './deps.ts';
import { planSync } from './preview.ts';
import { runSync } from './run-sync.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
  await world.execute('create table sluice.profiles (profile_id UUID, email Nullable(String)) engine = MergeTree order by profile_id');
  await world.execute(
    'create table sluice.profile_traits (profile_id UUID, lifetime_value Decimal(18, 2)) engine = MergeTree order by profile_id',
  );
  for (const [name, value] of [
    ['ada', '10.50'],
    ['bob', '20'],
    ['cyd', '30'],
  ]) {
    await world.execute(`insert into sluice.profiles values ('${idOf(name)}', '${name}@example.com')`);
    await world.execute(`insert into sluice.profile_traits values ('${idOf(name)}', ${value})`);
  }
});
afterAll(() => world.close());

const ids = new Map<string, string>();
function idOf(name = ''): string {
  const id = ids.get(name) ?? randomUUID();
  ids.set(name, id);
  return id;
}

const model = (alias: string, columns: PublishedModel['columns']): PublishedModel => ({
  name: alias,
  alias,
  schema: world.warehouse.databases.published,
  description: '',
  meta: { sluice: { role: 'traits', entity: 'person', key: 'profile_id' } },
  columns,
});

test('a sync of a segment follows its published versions, with columns from every table of the entity, and removes no rows when the segment is retired', async () => {
  const destination = memoryDestination();
  const base = putMemorySync(world, destination, { source: { segment: 'big' }, mode: 'audience', fields: { value: 'lifetime_value' } });
  const deps: SyncDeps = {
    ...base,
    catalogue: async () =>
      catalogueOf([
        model('profiles', [{ name: 'profile_id', description: '', dataType: 'UUID', meta: {} }]),
        model('profile_traits', [
          { name: 'lifetime_value', description: '', dataType: 'Decimal(18, 2)', meta: { sluice: { trait: true } } },
        ]),
      ]),
  };
  const publish = async (version: number, names: readonly string[]) => {
    for (const name of names)
      await world.execute(
        `insert into sluice_state.segment_members (segment_id, version, member_uuid) values ('big', ${version}, '${idOf(name)}')`,
      );
    await world.execute(
      `insert into sluice_state.segment_versions (segment_id, version, entity, size) values ('big', ${version}, 'person', ${names.length})`,
    );
  };

  await expect(runSync(deps, 'people-to-memory')).rejects.toMatchObject({ code: 'syncs.source_missing' });
  world.put('segment', { id: 'big', entity: 'person' });
  await expect(runSync(deps, 'people-to-memory')).rejects.toMatchObject({
    code: 'syncs.source_missing',
    message: expect.stringContaining('never published'),
  });

  await publish(1, ['ada', 'bob']);
  expect(await runSync(deps, 'people-to-memory')).toMatchObject({ status: 'succeeded', adds: 2, source: 'segment big, version 1' });
  expect([...destination.held.values()]).toContainEqual({ email: 'ada@example.com', value: 10.5 });
  // Members of a version that is not current yet do not count.
  await world.execute(`insert into sluice_state.segment_members (segment_id, version, member_uuid) values ('big', 2, '${idOf('cyd')}')`);
  expect(await runSync(deps, 'people-to-memory')).toMatchObject({ planned: 0 });
  await publish(2, ['bob']);
  expect(await runSync(deps, 'people-to-memory')).toMatchObject({ adds: 1, removes: 1, removed: 1 });
  expect([...destination.held.keys()].sort()).toEqual(['bob@example.com', 'cyd@example.com']);

  // Removed, retired, and applied again: the empty version says nothing about its members of today.
  await world.execute(
    `insert into sluice_state.segment_versions (segment_id, version, entity, size, is_retired) values ('big', 3, 'person', 0, true)`,
  );
  const retired = { code: 'syncs.source_missing', message: expect.stringContaining('publish it first') };
  await expect(planSync(deps, 'people-to-memory')).rejects.toMatchObject(retired);
  await expect(runSync(deps, 'people-to-memory', { allowRemovals: 2 })).rejects.toMatchObject(retired);
  expect(destination.held.size).toBe(2);
  await publish(4, ['bob', 'cyd']);
  expect(await runSync(deps, 'people-to-memory')).toMatchObject({ planned: 0, source: 'segment big, version 4' });

  // Who is suppressed after the segment was published is not sent, and what was sent of them is removed.
  world.put('segment', { id: 'big', title: 'Big', entity: 'person', where: { trait: 'lifetime_value', gte: 1 } });
  world.put('segment', {
    id: 'stop',
    title: 'Stop',
    entity: 'person',
    where: { trait: 'lifetime_value', gte: 30 },
    excluded_everywhere: true,
  });
  await expect(runSync(deps, 'people-to-memory')).rejects.toMatchObject({ code: 'segments.unpublished' });
  await world.execute(`insert into sluice_state.segment_members (segment_id, version, member_uuid) values ('stop', 1, '${idOf('cyd')}')`);
  await world.execute(`insert into sluice_state.segment_versions (segment_id, version, entity, size) values ('stop', 1, 'person', 1)`);
  expect(await runSync(deps, 'people-to-memory')).toMatchObject({ removes: 1, removed: 1, source: 'segment big, version 4' });
  expect([...destination.held.keys()]).toEqual(['bob@example.com']);
});
