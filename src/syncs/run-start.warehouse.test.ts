import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MemoryDestination, memoryDestination } from '../../test/memory-destination.ts';
import { openSyncWorld, putMemorySync, type SyncWorld } from '../../test/sync-world.ts';
import type { SyncDeps } from './deps.ts';
import { planSync } from './preview.ts';
import { runSync } from './run-sync.ts';
import { syncStatus } from './status.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
});
afterAll(() => world.close());

let id: string;
let destination: MemoryDestination;
let deps: SyncDeps;
beforeEach(async () => {
  id = `s-${randomUUID().slice(0, 8)}`;
  destination = memoryDestination();
  put();
  await people('a', 'b', 'c');
});

const people = (...names: string[]) => world.people(names.map((name) => ({ email: `${name}@example.com`, first_name: name })));
const put = (over: Readonly<Record<string, unknown>> = {}) => {
  deps = putMemorySync(world, destination, { id, guard: { max_removed_share: 0.5 }, ...over });
};
const run = (options: Parameters<typeof runSync>[2] = {}) => runSync(deps, id, options);
const status = () => syncStatus(deps, id, async () => false);
const held = () => [...destination.held.keys()].map((email) => email[0]).join('');

test('one run may be allowed as many removals as a person has seen, and not one more', async () => {
  await run();
  await people('a');
  expect(await run()).toMatchObject({
    status: 'failed',
    error_code: 'syncs.removals_refused',
    message: expect.stringContaining('--allow-removals 2'),
  });
  for (const allowRemovals of [0, 1]) {
    expect(await run({ allowRemovals })).toMatchObject({
      status: 'failed',
      error_code: 'syncs.removals_refused',
      skipped: 2,
      allowed_removals: allowRemovals,
      message: `The run would remove 2 rows, and ${allowRemovals} were allowed. Nothing was sent.`,
    });
  }
  expect(held()).toBe('abc');
  expect(await run({ allowRemovals: 2 })).toMatchObject({ status: 'succeeded', removed: 2, allowed_removals: 2 });
  await people();
  expect(await run()).toMatchObject({ status: 'with_errors', withheld: 1, removed: 0 });
  expect(await run({ allowRemovals: 1 })).toMatchObject({ status: 'succeeded', removed: 1 });
  expect(held()).toBe('');
});

test('the guard of a resync does not count removals that are only repeated', async () => {
  await run();
  await people('a', 'b');
  await run();
  await people('a', 'b', 'd', 'e');
  await run();
  await people('a', 'd', 'e');
  expect(await planSync(deps, id, { isResync: true })).toMatchObject({ changes: 3, removes: 2, guard: { verdict: 'send' } });
  await people('a');
  expect(await planSync(deps, id, { isResync: true })).toMatchObject({ removes: 4, guard: { verdict: 'refuse' } });
  expect(await run({ isResync: true })).toMatchObject({
    error_code: 'syncs.removals_refused',
    message: expect.stringContaining('3 of 4 rows'),
  });
  // A removed row that is back in the source is not a repeated removal: it does not allow one more real removal.
  await people('a', 'c');
  expect(await planSync(deps, id)).toMatchObject({ removes: 3, guard: { verdict: 'refuse' } });
  expect(await run()).toMatchObject({ error_code: 'syncs.removals_refused', message: expect.stringContaining('3 of 4 rows') });
  await people('a', 'd', 'e');
  expect(await planSync(deps, id)).toMatchObject({ removes: 2, guard: { verdict: 'send' } });
  expect(await run()).toMatchObject({ status: 'succeeded', changes: 3, removes: 2, accepted: 5 });
  expect(held()).toBe('ade');
});

test('a destination that takes each row as a new one is not sent everything again', async () => {
  destination = memoryDestination({ isIdempotent: false });
  put();
  await run();
  await expect(planSync(deps, id, { isResync: true })).rejects.toMatchObject({ code: 'syncs.not_idempotent' });
  await expect(run({ isResync: true })).rejects.toMatchObject({ code: 'syncs.not_idempotent' });
  expect(await run()).toMatchObject({ planned: 0, held: 0 });
});

test('a sync that cannot start is failing, with the reason on record, until it can', async () => {
  await run();
  const memory = deps;
  world.put('destination', {
    id: 'hook',
    title: 'Hook',
    connector: 'webhook',
    config: { url: 'https://example.com', secret: 'env:NOT_SET' },
  });
  for (const [over, code, reason] of [
    [{ destination: 'hook', object: 'contact' }, 'syncs.secret_missing', 'NOT_SET'],
    [{ destination: 'nowhere' }, 'syncs.not_found', 'nowhere'],
    [{ source: { table: 'dropped' } }, 'syncs.source_missing', 'dropped'],
    [{ fields: { first_name: 'no_such_column' } }, 'syncs.invalid', 'no_such_column'],
  ] as const) {
    put(over);
    deps = { ...memory, connectors: { ...world.deps.connectors, ...memory.connectors } };
    await expect(run()).rejects.toMatchObject({ code });
    const { health, reason: told, runs, last_success_at } = await status();
    expect([health, told, runs[0]?.error_code, runs[0]?.planned]).toEqual(['failing', expect.stringContaining(reason), code, 0]);
    expect(last_success_at).toEqual(expect.any(String));
  }
  put();
  expect(await run()).toMatchObject({ status: 'succeeded', planned: 0 });
  expect(await status()).toMatchObject({ health: 'healthy', reason: null });
  await expect(runSync(deps, 'never-applied')).rejects.toMatchObject({ code: 'syncs.not_found' });
});

test('a run whose process died is finished also when the run after it could not even start', async () => {
  const { started_at, finished_at: _, planned: _planned, ...first } = await run();
  const crashed = { ...first, run_id: randomUUID(), run_number: 2, step: 0, status: 'running', started_at: started_at.toISOString() };
  await world.warehouse.owner.insert('sluice_state.sync_runs', [crashed]);
  put({ source: { table: 'dropped' } });
  await expect(run()).rejects.toMatchObject({ code: 'syncs.source_missing' });
  put();
  expect(await run()).toMatchObject({ run_number: 4, status: 'succeeded' });
  expect((await status()).runs.map(({ run_number, error_code }) => [run_number, error_code])).toEqual([
    [4, ''],
    [3, 'syncs.source_missing'],
    [2, 'syncs.interrupted'],
    [1, ''],
  ]);
});

test('unchanged counts rows of the source only, and what left but stays is told apart', async () => {
  put({ mode: 'upsert' });
  await run();
  await people('a');
  expect(await planSync(deps, id)).toMatchObject({ unchanged: 1, left_there: 2, removes: 0 });
  put();
  await run({ allowRemovals: 2 });
  expect(await planSync(deps, id)).toMatchObject({ unchanged: 1, left_there: 0, removes: 0 });
});

test('a sync whose rows are all refused is failing; one refused row among others is a warning', async () => {
  destination.react((rows) => rows.map(() => ({ kind: 'row_invalid', message: 'no' })));
  expect(await run()).toMatchObject({ status: 'with_errors', accepted: 0, rejected: 3, message: expect.stringContaining('none accepted') });
  expect(await status()).toMatchObject({ health: 'failing' });
  destination.react((rows) => rows.map(({ json }) => (json.includes('"a@') ? { kind: 'row_invalid', message: 'no' } : undefined)));
  expect(await run()).toMatchObject({ accepted: 2, rejected: 1 });
  expect(await status()).toMatchObject({ health: 'warning', reason: '1 rows rejected by the destination' });
});
