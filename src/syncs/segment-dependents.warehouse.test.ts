/** From a segment to its destinations: how many arrive, and what an edit would send and remove. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MemoryDestination, memoryDestination } from '../../test/memory-destination.ts';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createWorld, fillWorld, type Person, somebody, worldCatalogue } from '../../test/segments/world.ts';
import { openSyncWorld, putMemorySync, putWebhookSync, type SyncWorld } from '../../test/sync-world.ts';
import { compareSegment } from '../segments/compare.ts';
import type { SegmentDefinition } from '../segments/definition.ts';
import { previewSegment } from '../segments/preview.ts';
import { publishSegment } from '../segments/publish.ts';
import { segmentSize } from '../segments/size.ts';
import type { SyncDeps } from './deps.ts';
import { runSync } from './run-sync.ts';
import { dependentSyncs } from './segment-dependents.ts';

let world: SyncWorld;
let room: TestRoom;
let syncs: SyncDeps;
let destination: MemoryDestination;

const people: readonly Partial<Person>[] = [
  { email: 'a@x.org', consent_email: true },
  { email: 'b@x.org', consent_email: false },
  { email: null, consent_email: true },
  { email: '', consent_email: true },
  { email: 'e@x.org', consent_email: null },
  { email: 'stop@x.org', consent_email: true },
  { email: 'g@x.org', consent_email: true, city: 'Bonn' },
  { email: 'h@x.org', consent_email: true },
];
const gent = { where: { trait: 'city', is: 'Gent' } };
const stop = { where: { trait: 'email', is: 'stop@x.org' }, excluded_everywhere: true };

beforeAll(async () => {
  world = await openSyncWorld();
  await createWorld(world.warehouse);
  await fillWorld(
    world.warehouse,
    people.map((known, index) => somebody(idOf(index), { city: 'Gent', ...known })),
    [],
  );
});
afterAll(() => world.close());

const sync = {
  id: 'gent-to-memory',
  source: { segment: 'gent' },
  mode: 'audience',
  key: { email: 'email' },
  fields: { first_name: 'city' },
  consent: { column: 'consent_email' },
  guard: { max_removed_share: 0.5, allow_empty: false },
};

beforeEach(() => {
  destination = memoryDestination();
  const base = putMemorySync(world, destination, sync);
  syncs = {
    ...base,
    connectors: { ...world.deps.connectors, ...base.connectors },
    catalogue: async () => worldCatalogue(world.warehouse.prefix),
  };
  room = { ...segmentRoom(world.warehouse, world.warehouse.prefix), dependents: dependentSyncs(async () => syncs) };
  room.apply({ gent, stop });
  for (const [id, document] of Object.entries({ gent, stop })) world.put('segment', { id, title: id, entity: 'person', ...document });
});

describe('the ladder', () => {
  test('goes from the conditions over what stands on the whole to what each sync may send, can identify and has sent', async () => {
    await publishSegment(room, 'stop');
    await publishSegment(room, 'gent');
    const ladder = [
      { step: 'matched', members: 7 },
      { step: 'exclude', members: 6 },
    ];
    const own = { sync_id: 'gent-to-memory', destination_id: 'memory', problem: null, consented: 4, identifiable: 2 };
    expect(await segmentSize(room, { id: 'gent' })).toMatchObject({
      members: 6,
      is_exact: true,
      sample: null,
      ladder,
      destinations: [{ ...own, sent: 0 }],
    });
    expect(await runSync(syncs, 'gent-to-memory')).toMatchObject({ adds: 2, held_by_consent: 2, invalid: 2 });
    expect((await segmentSize(room, { id: 'gent' })).destinations).toEqual([{ ...own, sent: 2 }]);
    expect(await previewSegment(room, { id: 'gent' })).toMatchObject({ members: 6, ladder, destinations: [{ ...own, sent: 2 }] });
  });

  test('of a draft counts for the syncs of the segment that it edits, and a segment without syncs has none', async () => {
    const edit = { ...draft({ trait: 'city', is: 'Bonn' }), id: 'gent' };
    expect((await segmentSize(room, { definition: edit })).destinations).toMatchObject([{ consented: 1, identifiable: 1 }]);
    expect((await segmentSize(room, { definition: draft({ trait: 'city', is: 'Bonn' }) })).destinations).toEqual([]);
  });

  test('says what cannot be told: without its secret what was sent, and of a sync that does not fit nothing', async () => {
    putWebhookSync(world, 'https://example.com/hook', {
      id: 'gent-to-hook',
      source: { segment: 'gent' },
      key: { email: 'email' },
      fields: {},
    });
    world.put('sync', { ...sync, id: 'gent-wrong', title: 'W', destination: 'memory', object: 'row', key: { email: 'e_mail' } });
    const environment = {};
    const lacking = { ...room, dependents: dependentSyncs(async () => ({ ...syncs, environment })) };
    const { destinations } = await segmentSize(lacking, { id: 'gent' });
    expect(destinations).toMatchObject([
      { sync_id: 'gent-to-hook', problem: null, consented: 6, identifiable: 4, sent: null },
      { sync_id: 'gent-to-memory', problem: null },
      { sync_id: 'gent-wrong', problem: expect.stringContaining('no column e_mail'), consented: null, identifiable: null, sent: null },
    ]);
    for (const id of ['gent-to-hook', 'gent-wrong'])
      world.put('sync', { ...sync, id, title: id, source: { segment: 'other' }, destination: 'memory', object: 'row' });
  });
});

describe('a comparison', () => {
  test('says what the next run of each sync would do, as the run then does', async () => {
    await publishSegment(room, 'stop');
    await publishSegment(room, 'gent');
    await runSync(syncs, 'gent-to-memory');
    const wider = { where: { trait: 'city', is: ['Gent', 'Bonn'] } };
    const { syncs: effects, warnings } = await compareSegment(room, { definition: { ...draft(wider.where), id: 'gent' } });
    expect(effects).toEqual([
      {
        sync_id: 'gent-to-memory',
        destination_id: 'memory',
        problem: null,
        counts: { adds: 1, changes: 0, removes: 0, held_by_consent: 2, invalid: 2, guard: { verdict: 'send', message: '' } },
      },
    ]);
    expect(warnings).toEqual([]);
    room.apply({ gent: wider, stop });
    room.tick();
    await publishSegment(room, 'gent');
    expect(await runSync(syncs, 'gent-to-memory')).toMatchObject({ adds: 1, removes: 0, held_by_consent: 2, invalid: 2 });
  });

  test('warns where the guard of a sync would stop the removals', async () => {
    const edit = { ...draft({ trait: 'city', is: 'Bonn' }), id: 'gent' };
    const { syncs: effects, warnings } = await compareSegment(room, { definition: edit });
    expect(effects[0]?.counts).toMatchObject({ adds: 0, removes: 2, guard: { verdict: 'refuse' } });
    expect(warnings).toEqual([
      expect.stringContaining('Size guard of the sync gent-to-memory, once this is published: The run would remove 2 of 3 rows'),
    ]);
    const none = { ...draft({ trait: 'city', is: 'Nowhere' }), id: 'gent' };
    expect((await compareSegment(room, { definition: none })).syncs[0]?.counts?.guard).toMatchObject({ verdict: 'withhold' });
  });
});

test('an estimate looks at a sample of many and says how far it may be off; of few it is exact', async () => {
  expect(await segmentSize(room, { id: 'gent' }, { isEstimate: true })).toMatchObject({ members: 6, is_exact: true, sample: null });
  const total = 90_000;
  await world.execute(
    `insert into sluice.profiles (profile_id, city, email, consent_email) select reinterpretAsUUID(sipHash128(number)), if(number % 10 = 0, 'Ulm', 'Rome'), if(number % 20 = 0, 'u@x.org', null), true from numbers(${total})`,
  );
  const ulm = draft({ trait: 'city', is: 'Ulm' });
  const exact = await segmentSize(room, { definition: ulm });
  expect(exact).toMatchObject({ members: total / 10, is_exact: true });
  const about = await segmentSize(room, { definition: ulm }, { isEstimate: true });
  expect(about).toMatchObject({ is_exact: false, sample: { share: 0.25 } });
  const margin = about.sample?.margin ?? 0;
  expect(margin).toBeGreaterThan(100);
  expect(margin).toBeLessThan(500);
  expect(Math.abs(about.members - exact.members)).toBeLessThanOrEqual(margin);
  expect(Math.abs((about.sample?.people ?? 0) - total / 4)).toBeLessThan(1_000);
  const preview = await previewSegment(room, { definition: ulm }, { isEstimate: true });
  expect(preview).toMatchObject({
    is_exact: false,
    members: about.members,
    sampled: about.sample,
    conditions: [{ people: about.members }],
  });
  const edit = { ...ulm, id: 'gent' };
  const [arriving] = (await segmentSize(room, { definition: edit }, { isEstimate: true })).destinations;
  expect(Math.abs((arriving?.identifiable ?? 0) - total / 20)).toBeLessThan(500);
  // Keys that were counted up: a stretch of them would be the first customers.
  await world.execute(
    `insert into sluice.profiles (profile_id, city) select toUUID(concat('00000000-0000-4000-9000-', leftPad(lower(hex(number)), 12, '0'))), if(number < 40000, 'Ulm', 'Rome') from numbers(100000)`,
  );
  const mixed = await segmentSize(room, { definition: ulm }, { isEstimate: true });
  expect(mixed).toMatchObject({ is_exact: false, sample: { share: 0.125 } });
  expect(Math.abs(mixed.members - (total / 10 + 40_000))).toBeLessThanOrEqual(mixed.sample?.margin ?? 0);
  const limited = { ...ulm, limit: { top: 10, by: 'order_count', order: 'desc' } } as SegmentDefinition;
  expect(await segmentSize(room, { definition: limited }, { isEstimate: true })).toMatchObject({ members: 10, is_exact: true });
});

const draft = (where: SegmentDefinition['where']): SegmentDefinition => ({
  id: 'draft',
  title: 'Draft',
  entity: 'person',
  where,
  guard: { allow_empty: false, max_growth: 5, max_shrink: 0.8 },
});
