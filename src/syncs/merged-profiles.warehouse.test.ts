import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { openToldStory, type ToldStory } from '../../test/laboratory/told-story.ts';
import { memoryDestination } from '../../test/memory-destination.ts';
import { openSyncWorld, putMemorySync, type SyncWorld } from '../../test/sync-world.ts';
import { askSql } from '../../test/warehouse.ts';
import { runSync } from './run-sync.ts';

let story: ToldStory;
let world: SyncWorld;
beforeAll(async () => {
  story = await openToldStory();
  world = await openSyncWorld(story.warehouse);
});
// The test's world closes the warehouse that both use.
afterAll(() => story.close());

const ask = <R extends z.ZodObject>(sql: string, row: R) => askSql(story.warehouse.owner, sql, row);
const profileOf = async (device: string) =>
  (
    await ask(
      `select toString(profile_id) as id from sluice.profile_identifiers where identifier_type = 'anonymous_id' and identifier_value = '${device}'`,
      z.object({ id: z.string() }),
    )
  )[0]?.id;

test('a merge removes the loser at the destination with the next sync and keeps its history; undone by hand, both are there again', async () => {
  const destination = memoryDestination();
  const deps = putMemorySync(world, destination, {
    source: { table: 'known_people' },
    key: { email: 'profile_id' },
    fields: { first_name: 'identifiers' },
  });
  const sync = async () => {
    await story.build();
    await runSync(deps, 'people-to-memory');
    return [...destination.held.keys()].sort();
  };

  await story.tell({ type: 'track', device: 'phone' }, { type: 'track', device: 'laptop' });
  await story.build();
  await world.execute(
    `create view sluice.known_people as select toString(profile_id) as profile_id, toString(count()) as identifiers from sluice.profile_identifiers group by profile_id`,
  );
  const [phone, laptop] = [await sync().then(() => profileOf('phone')), await profileOf('laptop')];
  expect([...destination.held.keys()].sort()).toEqual([phone, laptop].sort());

  await story.tell({ user: 'ada', device: 'phone' }, { user: 'ada', device: 'laptop' });
  // The phone was seen first, so its profile has existed longest.
  expect(await sync()).toEqual([phone]);
  expect(destination.held.get(phone ?? '')).toMatchObject({ first_name: '3' });
  expect(
    await ask('select toString(former_profile_id) as former, toString(profile_id) as now from sluice.profile_aliases', z.looseObject({})),
  ).toEqual([{ former: laptop, now: phone }]);
  const history = await ask(
    `select operation from sluice_audit.sync_rows where key like '%${laptop}%' and operation != '' order by recorded_at`,
    z.object({ operation: z.string() }),
  );
  expect(history.map(({ operation }) => operation)).toEqual(['upsert', 'delete']);

  await story.decide({ kind: 'never_link', a: 'anonymous_id:phone', b: 'anonymous_id:laptop', reason: 'two people share a name' });
  const apart = await sync();
  expect(apart).toHaveLength(2);
  expect(apart).toEqual([await profileOf('phone'), await profileOf('laptop')].sort());
});
