import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryDestination } from '../../test/memory-destination.ts';
import { openSyncWorld, putMemorySync, type SyncWorld } from '../../test/sync-world.ts';
import { planSync } from './preview.ts';
import { runSync } from './run-sync.ts';
import { syncStatus } from './status.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
});
afterAll(() => world.close());

test('a plan shows what a run would do, field by field and with personal data masked, and sends nothing', async () => {
  const destination = memoryDestination();
  const deps = putMemorySync(world, destination, { guard: { max_removed_share: 0.2 } });
  await world.people([
    { email: 'ada@example.com', first_name: 'Ada', score: 1 },
    { email: 'bob@example.com', first_name: 'Bob', score: 2 },
  ]);
  await runSync(deps, 'people-to-memory');
  await world.people([
    { email: 'ada@example.com', first_name: 'Ada', score: 7 },
    { email: 'cyd@example.com', first_name: 'Cyd', score: 3 },
    { email: null, first_name: 'Nobody' },
  ]);
  const sent = destination.applied.length;
  const plan = await planSync(deps, 'people-to-memory');
  expect(plan).toMatchObject({ source: 'table people', adds: 1, changes: 1, removes: 1, unchanged: 0, invalid: 1 });
  expect(plan.guard).toMatchObject({ verdict: 'refuse', message: expect.stringContaining('1 of 2 rows (50 %)') });
  const sample = (change: string) => plan.samples.find((row) => row.change === change);
  expect(sample('change')?.fields).toEqual([
    { field: 'email', is_key: true, from: 'a•••@e•••', to: 'a•••@e•••' },
    { field: 'score', is_key: false, from: 1, to: 7 },
  ]);
  expect(sample('add')?.fields).toContainEqual({ field: 'first_name', is_key: false, from: undefined, to: 'C•••' });
  expect(sample('remove')?.fields).toContainEqual({ field: 'email', is_key: true, from: 'b•••@e•••', to: undefined });
  expect(sample('invalid')?.reason).toBe('key email is empty');
  expect(JSON.stringify(plan)).not.toMatch(/ada@|Ada|bob|Bob|Nobody/);
  expect(destination.applied).toHaveLength(sent);

  const status = await syncStatus(deps, 'people-to-memory', async () => false);
  expect(status).toMatchObject({ health: 'healthy', source: 'table people', runs: [{ run_number: 1, status: 'succeeded', planned: 2 }] });
});

test('a plan shows numbers with every digit, also those that JavaScript would round', async () => {
  const deps = putMemorySync(world, memoryDestination(), {
    id: 'ledgers',
    source: { table: 'ledgers' },
    fields: { invoice: 'invoice', amount: 'amount', ratio: 'ratio' },
  });
  const tell = async (values: string) => {
    await world.execute(
      'create or replace table sluice.ledgers (email String, invoice UInt64, amount Decimal(38, 10), ratio Float64) engine = MergeTree order by email',
    );
    await world.execute(`insert into sluice.ledgers values ('x', ${values})`);
  };
  await tell(`9007199254740992, '1234567890123456789.1', 0.`);
  await runSync(deps, 'ledgers');
  await tell(`9007199254740993, '1234567890123456789.11', -0.`);
  const [sample] = (await planSync(deps, 'ledgers')).samples;
  expect(JSON.stringify(sample?.fields.filter(({ is_key }) => !is_key).map(({ from, to }) => [from, to]))).toBe(
    '[[9007199254740992,9007199254740993],[1234567890123456789.1,1234567890123456789.11],[0,-0]]',
  );
});

test('a plan of a resync counts as the run does, also a key that was removed and is back', async () => {
  const deps = putMemorySync(world, memoryDestination(), { id: 'back' });
  const people = (...names: string[]) => world.people(names.map((name) => ({ email: `${name}@example.com`, first_name: name })));
  for (const names of [['a', 'b'], ['a']]) {
    await people(...names);
    await runSync(deps, 'back');
  }
  await people('a', 'b', 'c');
  const counts = { adds: 1, changes: 2, removes: 0 };
  expect(await planSync(deps, 'back', { isResync: true })).toMatchObject({ ...counts, unchanged: 0 });
  expect(await runSync(deps, 'back', { isResync: true })).toMatchObject(counts);
});
