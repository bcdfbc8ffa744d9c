import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MemoryOptions } from '../../test/memory-destination.ts';
import { ledgerOf, setUp as setUpIn } from '../../test/sync-trial.ts';
import { openSyncWorld, type Person, type SyncWorld } from '../../test/sync-world.ts';
import { planSync } from './preview.ts';
import { runSync } from './run-sync.ts';
import { leftBehind } from './target.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
});
afterAll(() => world.close());

const setUp = (sync: Readonly<Record<string, unknown>> = {}, options: MemoryOptions = {}) => setUpIn(world, sync, options);
const lower = (text: string) => text.toLowerCase();
const cased = (name: string, first = 'x'): Person => ({ email: name, first_name: first });

describe('a resync of keys that the destination takes for one', () => {
  test.each([
    ['from the start', { compare: { email: 'email' } }],
    ['since a later run', {}],
  ])(
    'sends each record once, in its case of today, and each removal once, however often a key changed its case (known %s)',
    async (_, sync) => {
      const { destination, run, id, deps } = setUp(sync, { fold: lower, maxRows: 1 });
      const resync = () => runSync(deps, id, { isResync: true });
      const sent = () => destination.applied.splice(0).map(({ operation, fields }) => `${operation} ${fields.email}`);
      await world.people([cased('Ada@x.com'), cased('bob@x.com'), cased('Cyd@x.com')]);
      await run();
      world.put('sync', { ...(await deps.resources.get('sync', id))?.document, id, compare: { email: 'email' } });
      await world.people([cased('ADA@x.com'), cased('Bob@x.com')]);
      expect(await run()).toMatchObject({ adds: 0, changes: 2, removes: 1 });
      await world.people([cased('ada@x.com'), cased('Bob@x.com'), cased('dan@x.com')]);
      sent();

      // A removal that was accepted before is repeated, and gives the guard no reason to stop.
      const counts = { adds: 1, changes: 2, removes: 1 };
      expect(await planSync(deps, id, { isResync: true })).toMatchObject({
        ...counts,
        unchanged: 0,
        invalid: 0,
        guard: { verdict: 'send' },
      });
      expect(await resync()).toMatchObject({ ...counts, status: 'succeeded', planned: 4, accepted: 4, removed: 1, invalid: 0 });
      expect(sent()).toEqual(['delete Cyd@x.com', expect.anything(), expect.anything(), expect.anything()]);
      expect([...destination.held.values()].map(({ email }) => email).sort()).toEqual(['Bob@x.com', 'ada@x.com', 'dan@x.com']);
      expect(await run()).toMatchObject({ planned: 0 });

      // A second time: a key that is in doubt already is not put in doubt again.
      const again = { adds: 0, changes: 3, removes: 1 };
      expect(await planSync(deps, id, { isResync: true })).toMatchObject({ ...again, unchanged: 0 });
      expect(await resync()).toMatchObject({ ...again, planned: 4, accepted: 4 });
      expect(sent()).toHaveLength(4);
      expect(await run()).toMatchObject({ planned: 0 });
    },
  );
});

describe('a sync that learns late that keys are folded, when a key had come back in another case', () => {
  const names = ['Ada@x.com', 'Bob@x.com', 'Cyd@x.com', 'Dan@x.com'];
  const learn = async (over: Readonly<Record<string, unknown>> = {}) => {
    const trial = setUp({}, { fold: lower });
    await world.people(names.map((name) => cased(name)));
    await trial.run();
    // One run with a removal and an add of keys that are one key from now on.
    await world.people(names.map((name) => cased(lower(name))));
    expect(await trial.run()).toMatchObject({ adds: 4, removes: 4 });
    const sync = (await trial.deps.resources.get('sync', trial.id))?.document;
    world.put('sync', { ...sync, id: trial.id, compare: { email: 'email' }, ...over });
    return trial;
  };

  test('knows that it is there: it is not sent again, and it is removed when it leaves', async () => {
    const { destination, run, id, deps } = await learn();
    expect(await planSync(deps, id)).toMatchObject({ adds: 0, changes: 0, removes: 0, unchanged: 4 });
    await world.people([]);
    expect(await run()).toMatchObject({ removes: 4, removed: 4 });
    expect(destination.held.size).toBe(0);
    expect(destination.applied.at(-1)?.fields.email).toMatch(/^[a-d]/);
  });

  test('and the guard counts it, in a resync too', async () => {
    const { destination, id, deps } = await learn({ guard: { max_removed_share: 0.1 } });
    await world.people([cased('ada@x.com')]);
    expect(await runSync(deps, id, { isResync: true })).toMatchObject({
      status: 'failed',
      error_code: 'syncs.removals_refused',
      removes: 3,
    });
    expect(destination.held.size).toBe(4);
  });
});

test('a resync removes a key in the case in which it is there, not in one that was refused', async () => {
  const { destination, run, id, deps } = setUp({ compare: { email: 'email' } });
  await world.people([cased('Ada@x.com')]);
  await run();
  destination.react(() => ({ fault: { kind: 'row_invalid', message: 'no' } }));
  await world.people([cased('ADA@x.com')]);
  expect(await run()).toMatchObject({ rejected: 1 });
  destination.react(() => undefined);
  await world.people([]);
  await runSync(deps, id, { isResync: true });
  expect([...destination.held.keys()]).toEqual([]);
});

test('a row without a key is never taken for another row, whatever key that has', async () => {
  const { run, id } = setUp({ compare: { email: 'case_insensitive' } }, { fold: lower });
  // The result if a null key were cut like a text: {"email":null}
  await world.people([cased('UL'), cased('ll'), { email: null, first_name: 'nobody' }]);
  expect(await run()).toMatchObject({ adds: 2, invalid: 1 });
  expect((await ledgerOf(world, id)).find(({ outcome }) => outcome === 'invalid')?.message).toBe('key email is empty');
});

test('what a sync leaves behind counts each record once, in whatever spellings it was sent, and no removal that a resync has in doubt', async () => {
  const { destination, run, id, deps } = setUp({}, { fold: lower });
  const left = () => leftBehind(deps, id);
  await world.people(['Ada@x.com', 'bob@x.com', 'Cyd@x.com'].map((name) => cased(name)));
  await run();
  world.put('sync', { ...(await deps.resources.get('sync', id))?.document, id, compare: { email: 'email' } });
  await world.people(['ada@x.com', 'bob@x.com', 'Cyd@x.com'].map((name) => cased(name, 'y')));
  // Marked, although nothing of it was sent: still one record each.
  destination.react(() => ({ fault: { kind: 'auth', message: 'no' } }));
  await run();
  expect(await left()).toMatchObject([{ there: 3 }]);
  destination.react(() => undefined);
  await run();
  expect(await left()).toMatchObject([{ there: 3 }]);
  await world.people([cased('bob@x.com', 'y')]);
  await run();
  expect(await left()).toMatchObject([{ there: 1 }]);
  destination.react(() => ({ fault: { kind: 'auth', message: 'no' } }));
  await runSync(deps, id, { isResync: true });
  expect(await left()).toMatchObject([{ there: 1 }]);
});
