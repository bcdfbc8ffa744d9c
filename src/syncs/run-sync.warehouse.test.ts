import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MemoryOptions, Reaction } from '../../test/memory-destination.ts';
import { emails, ledgerOf, person, setUp as setUpIn } from '../../test/sync-trial.ts';
import { openSyncWorld, type SyncWorld } from '../../test/sync-world.ts';
import type { Fault } from '../connector-kit/fault.ts';
import { planSync } from './preview.ts';
import { runSync } from './run-sync.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
});
afterAll(() => world.close());

const setUp = (sync: Readonly<Record<string, unknown>> = {}, options: MemoryOptions = {}) => setUpIn(world, sync, options);
const ledger = (id: string) => ledgerOf(world, id);

describe('a mirror', () => {
  test('sends everything first, then only what differs, and removes what left', async () => {
    const { destination, run, id } = setUp();
    await world.people([person('a'), person('b', 'B', 3)]);
    expect(await run()).toMatchObject({ status: 'succeeded', planned: 2, accepted: 2, adds: 2, changes: 0, removes: 0, removed: 0 });
    await world.people([person('a', 'A2'), person('c')]);
    expect(await run()).toMatchObject({ status: 'succeeded', planned: 3, accepted: 3, adds: 1, changes: 1, removes: 1, removed: 1 });
    expect(await run()).toMatchObject({ status: 'succeeded', planned: 0 });
    expect([...destination.held.values()]).toEqual([
      { email: 'a@example.com', first_name: 'A2', score: null },
      { email: 'c@example.com', first_name: 'C', score: null },
    ]);
    expect((await ledger(id)).filter(({ change }) => change === 'remove')).toEqual([
      {
        key: '{"email":"b@example.com"}',
        change: 'remove',
        operation: 'delete',
        outcome: 'accepted',
        fault: '',
        message: '',
        payload: '{"email":"b@example.com"}',
      },
    ]);
  });

  test('takes only mapped fields for a change', async () => {
    const { run } = setUp({ fields: { first_name: 'first_name' } });
    await world.people([person('a', 'A', 1)]);
    await run();
    await world.people([person('a', 'A', 2)]);
    expect(await run()).toMatchObject({ planned: 0 });
  });

  test('never touches rows that others made', async () => {
    const { destination, run } = setUp();
    destination.held.set('theirs@example.com', {});
    await world.people([person('a')]);
    await run();
    await world.people([]);
    await run();
    expect(emails(destination)).toEqual(['theirs@example.com']);
  });

  test('with on_leave: clear_fields empties what it wrote and keeps the row; coming back is an add', async () => {
    const { destination, run } = setUp({ on_leave: 'clear_fields' });
    await world.people([person('a'), person('b')]);
    await run();
    await world.people([person('b')]);
    expect(await run()).toMatchObject({ removes: 1, removed: 1 });
    expect(destination.held.get('a@example.com')).toEqual({ email: 'a@example.com', first_name: null, score: null });
    expect(await run()).toMatchObject({ planned: 0 });
    await world.people([person('a'), person('b')]);
    expect(await run()).toMatchObject({ adds: 1 });
  });

  test('starts from nothing at another place, and leaves the old place as it is', async () => {
    const { id, deps, destination, run } = setUp();
    await world.people([person('a'), person('b')]);
    await run();
    const sync = (await deps.resources.get('sync', id))?.document ?? {};
    world.put('sync', { ...sync, id, options: { list: 'another' } });
    await world.people([person('a')]);
    expect(await run()).toMatchObject({ adds: 1, removes: 0 });
    expect(emails(destination)).toEqual(['a@example.com', 'b@example.com']);
  });
});

test('mode upsert leaves what left the source; mode audience adds and removes', async () => {
  const upsert = setUp({ mode: 'upsert' });
  const audience = setUp({ mode: 'audience' });
  await world.people([person('a'), person('b')]);
  for (const { run } of [upsert, audience]) await run();
  await world.people([person('b', 'changed')]);
  expect(await upsert.run()).toMatchObject({ changes: 1, removes: 0 });
  expect(await audience.run()).toMatchObject({ changes: 1, removes: 1 });
  expect(emails(upsert.destination)).toEqual(['a@example.com', 'b@example.com']);
  expect(emails(audience.destination)).toEqual(['b@example.com']);
  expect(audience.destination.applied.map(({ operation }) => operation)).toEqual(['add', 'add', 'remove', 'add']);
});

describe('invalid rows', () => {
  test('are stopped before sending, each with its reason, and what was sent before stays as it is', async () => {
    const { destination, run, id } = setUp();
    await world.people([person('a'), person('twice')]);
    await run();
    await world.people([
      person('a', 'A2'),
      person('twice'),
      person('twice', 'Other'),
      { email: null, first_name: 'N' },
      { email: '', first_name: 'E' },
    ]);
    expect(await run()).toMatchObject({ status: 'with_errors', planned: 1, accepted: 1, removes: 0, invalid: 4 });
    expect(emails(destination)).toEqual(['a@example.com', 'twice@example.com']);
    const reasons = (await ledger(id)).filter(({ outcome }) => outcome === 'invalid').map(({ key, message }) => `${key} ${message}`);
    expect(reasons.sort()).toEqual([
      '{"email":""} key email is empty',
      '{"email":"twice@example.com"} the key is not unique in the source',
      '{"email":null} key email is empty',
    ]);
  });

  test('do not include those of which only an optional field does not fit: that field is left out, and the row, the plan and the run say so', async () => {
    await world.execute(`create or replace table sluice.odd (email String, score Nullable(String)) engine = MergeTree order by email`);
    await world.execute(`insert into sluice.odd values ('a@example.com', '7'), ('b@example.com', 'seven'), ('c@example.com', null)`);
    const { destination, run, id, deps } = setUp({ source: { table: 'odd' }, fields: { score: 'score', first_name: 'email' } });
    expect(await planSync(deps, id)).toMatchObject({
      adds: 3,
      invalid: 0,
      fields_withheld: 1,
      samples: expect.arrayContaining([expect.objectContaining({ fields_withheld: ['score is not a whole number'] })]),
    });
    expect(await run()).toMatchObject({
      status: 'with_errors',
      planned: 3,
      accepted: 3,
      invalid: 0,
      fields_withheld: 1,
      message: '1 fields that do not fit were left out of their rows',
    });
    expect(destination.held.get('b@example.com')).toEqual({ email: 'b@example.com', first_name: 'b@example.com' });
    expect(destination.held.get('a@example.com')).toMatchObject({ score: 7 });
    expect((await ledger(id)).find(({ key }) => key.includes('b@'))).toMatchObject({
      outcome: 'accepted',
      message: 'left out: score is not a whole number',
    });
    expect(await run()).toMatchObject({ status: 'succeeded', planned: 0 });
    await world.execute(`alter table sluice.odd update score = '8' where email = 'b@example.com' settings mutations_sync = 2`);
    expect(await run()).toMatchObject({ status: 'succeeded', changes: 1, fields_withheld: 0 });
    expect(destination.held.get('b@example.com')).toMatchObject({ score: 8 });
  });

  test('hold back a row only where the key or a required field is what JSON cannot carry; every digit of the others arrives', async () => {
    await world.execute(`
      create or replace table sluice.numbers
      (
          id Float64,
          ratio Float64,
          list Array(Float64),
          label String,
          huge Int256,
          exact Decimal(38, 20),
          at DateTime64(9, 'Europe/Amsterdam')
      )
      engine = MergeTree order by tuple()`);
    const big = '-57896044618658097711785492504343953926634992332820282019728792003956564819968';
    await world.execute(`
      insert into sluice.numbers values
          (1, nan, [1], 'ok', '${big}', '123456789012345678.12345678901234567891', '2026-03-29 03:30:00.123456789'),
          (2, -0., [inf], unhex('ff'), 1, 1, '2026-01-01 00:00:00'),
          (nan, 1, [], '', 1, 1, '2026-01-01 00:00:00'),
          (-0., 1, [], '', 1, 1, '2026-01-01 00:00:00')`);
    const columns = ['ratio', 'list', 'label', 'huge', 'exact', 'at'];
    const { destination, run, id } = setUp({
      source: { table: 'numbers' },
      key: { email: 'id' },
      fields: Object.fromEntries(columns.map((name) => [name, name])),
    });
    expect(await run()).toMatchObject({ planned: 2, accepted: 2, invalid: 2, fields_withheld: 3 });
    expect(destination.applied.map(({ json }) => json).sort()).toEqual([
      `{"email":1,"list":[1],"label":"ok","huge":${big},"exact":123456789012345678.12345678901234567891,"at":"2026-03-29T01:30:00.123456789Z"}`,
      '{"email":2,"ratio":-0,"huge":1,"exact":1,"at":"2025-12-31T23:00:00.000000000Z"}',
    ]);
    const messages = (await ledger(id)).map(({ message }) => message).sort();
    expect(messages).toEqual([
      'email is -0, which destinations take for 0',
      'email is NaN or infinite, which is not a number',
      'left out: list is NaN or infinite, which is not a number; label is not valid UTF-8 text',
      'left out: ratio is NaN or infinite, which is not a number',
    ]);
  });
});

describe('the guard', () => {
  const many = ['a', 'b', 'c', 'd'].map((name) => person(name));

  test('sends nothing at all when too large a share would go', async () => {
    const { destination, run } = setUp({ guard: { max_removed_share: 0.3 } });
    await world.people(many);
    await run();
    await world.people([...many.slice(0, 2), person('new')]);
    expect(await run()).toMatchObject({ status: 'failed', error_code: 'syncs.removals_refused', accepted: 0, skipped: 3, planned: 3 });
    expect(destination.held.size).toBe(4);
    await world.people(many.slice(0, 3));
    expect(await run()).toMatchObject({ status: 'succeeded', removed: 1 });
  });

  test('takes an empty source for a mistake unless the sync says otherwise', async () => {
    const careful = setUp({ guard: { max_removed_share: 1 } });
    const bold = setUp({ guard: { max_removed_share: 1, allow_empty: true } });
    await world.people(many);
    await careful.run();
    await bold.run();
    await world.people([]);
    expect(await careful.run()).toMatchObject({ status: 'with_errors', planned: 0, withheld: 4 });
    expect(await bold.run()).toMatchObject({ status: 'succeeded', removed: 4 });
    expect([careful.destination.held.size, bold.destination.held.size]).toEqual([4, 0]);
  });
});

describe('rejected rows', () => {
  const refuse = (name: string) => (rows: readonly { readonly json: string }[]) =>
    rows.map(({ json }): Fault | undefined =>
      json.includes(`"${name}@`) ? { kind: 'row_invalid', message: `no ${name}@example.com here`, field: 'email' } : undefined,
    );

  test('are tried again by every run with the newest payload until they succeed, and their reason holds no personal data', async () => {
    const { destination, run, id, deps } = setUp();
    destination.react(refuse('b'));
    await world.people([person('a'), person('b'), person('c')]);
    expect(await run()).toMatchObject({ status: 'with_errors', planned: 3, accepted: 2, rejected: 1 });
    await world.people([person('a'), person('b', 'newer'), person('c')]);
    expect(await planSync(deps, id)).toMatchObject({ adds: 1, samples: [{ change: 'add', is_retry: true }] });
    expect(await run()).toMatchObject({ planned: 1, rejected: 1 });
    destination.react(() => undefined);
    expect(await run()).toMatchObject({ status: 'succeeded', planned: 1, accepted: 1 });
    expect(destination.held.get('b@example.com')).toMatchObject({ first_name: 'newer' });
    const rejected = (await ledger(id)).filter(({ outcome }) => outcome === 'rejected');
    expect(rejected).toHaveLength(2);
    expect(rejected[0]).toMatchObject({ fault: 'row_invalid', message: 'no … here' });
  });

  test('are forgotten when they leave: nothing of them is there to remove', async () => {
    const { destination, run } = setUp();
    destination.react(refuse('b'));
    await world.people([person('b')]);
    await run();
    await world.people([person('a')]);
    expect(await run()).toMatchObject({ adds: 1, removes: 0 });
  });

  test('a refused removal is tried again too', async () => {
    const { destination, run } = setUp();
    await world.people([person('a'), person('b')]);
    await run();
    destination.react(refuse('b'));
    await world.people([person('a')]);
    expect(await run()).toMatchObject({ removes: 1, removed: 0, rejected: 1 });
    destination.react(() => undefined);
    expect(await run()).toMatchObject({ removes: 1, removed: 1 });
  });
});

describe('an unknown outcome', () => {
  const lost = { fault: { kind: 'unknown_result', message: 'no answer' }, isApplied: true } as const;

  test('is sent again where a row may arrive twice, and a row that left meanwhile is removed: it may be there', async () => {
    const { destination, run } = setUp({}, { maxRows: 1 });
    destination.react(() => lost);
    await world.people([person('a')]);
    expect(await run()).toMatchObject({ status: 'failed', unknown: 1 });
    expect(emails(destination)).toEqual(['a@example.com']);
    destination.react(() => undefined);
    await world.people([]);
    expect(await run()).toMatchObject({ status: 'succeeded', removes: 1, removed: 1 });
    expect(emails(destination)).toEqual([]);
  });

  test('followed by a refusal in the same run does not prove that the row is not there: it is removed when it leaves', async () => {
    const { destination, run } = setUp({}, { maxRows: 1 });
    const reactions: Reaction[] = [lost, { fault: { kind: 'row_invalid', message: 'no' } }];
    destination.react(() => reactions.shift());
    await world.people([person('a')]);
    expect(await run()).toMatchObject({ rejected: 1 });
    expect(emails(destination)).toEqual(['a@example.com']);
    await world.people([]);
    expect(await run()).toMatchObject({ removes: 1, removed: 1 });
    expect(emails(destination)).toEqual([]);
  });

  test('is held for a person where a row must not arrive twice', async () => {
    const { destination, run } = setUp({}, { isIdempotent: false });
    destination.react((rows) => (rows.some(({ json }) => json.includes('"b@')) ? lost : undefined));
    await world.people([person('a'), person('b'), person('c'), person('d')]);
    const first = await run();
    expect(first.unknown).toBeGreaterThan(0);
    expect(first.accepted + first.unknown).toBe(4);
    destination.react(() => undefined);
    expect(await run()).toMatchObject({ status: 'with_errors', planned: 0, held: first.unknown });
    expect(destination.applied).toHaveLength(4);
  });
});

describe('a run that is stopped', () => {
  test('by a signal finishes what is in flight, counts the rest as skipped, and the next run goes on from there', async () => {
    const { destination, deps, id, run } = setUp({}, { maxRows: 1 });
    await world.people(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => person(name)));
    const stop = new AbortController();
    destination.react(() => {
      if (destination.applied.length === 2) stop.abort();
      return undefined;
    });
    const cancelled = await runSync(deps, id, { signal: stop.signal });
    expect(cancelled).toMatchObject({ status: 'cancelled', rejected: 0, unknown: 0 });
    expect(cancelled.skipped).toBeGreaterThan(0);
    expect(cancelled.accepted).toBe(destination.applied.length);
    destination.react(() => undefined);
    expect(await run()).toMatchObject({ status: 'succeeded', planned: cancelled.skipped });
    expect(destination.applied).toHaveLength(6);
  });

  test.each<Fault>([
    { kind: 'auth', message: 'HTTP 401' },
    { kind: 'config', message: 'HTTP 410: the address is gone for good' },
    { kind: 'vendor_contract', message: 'HTTP 200 with a web page instead of an answer' },
  ])('by a fault of kind $kind sends no further batch', async (fault) => {
    const { destination, run } = setUp({}, { maxRows: 1 });
    let batches = 0;
    destination.react(() => {
      batches += 1;
      return { fault };
    });
    await world.people(Array.from({ length: 12 }, (_, index) => person(`p${index}`)));
    expect(await run()).toMatchObject({
      status: 'failed',
      error_code: 'syncs.destination_failed',
      accepted: 0,
      message: expect.stringContaining(fault.message),
    });
    expect(batches).toBeLessThanOrEqual(2);
    destination.react(() => undefined);
    expect(await run()).toMatchObject({ status: 'succeeded', planned: 12, accepted: 12 });
  });
});
