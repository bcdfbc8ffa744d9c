import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type MemoryDestination, memoryDestination, type Reaction } from '../../test/memory-destination.ts';
import { openSyncWorld, type Person, putMemorySync, type SyncWorld } from '../../test/sync-world.ts';
import type { Fault } from '../connector-kit/fault.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { SyncDeps } from './deps.ts';
import { planSync } from './preview.ts';
import { runSync, type SyncRunResult } from './run-sync.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
});
afterAll(() => world.close());

const person = (name: string, first = name.toUpperCase(), score: number | null = null): Person => ({
  email: `${name}@example.com`,
  first_name: first,
  score,
});
const emails = ({ held }: MemoryDestination) => [...held.keys()].sort();
const sum = (run: SyncRunResult) => run.accepted + run.rejected + run.unknown + run.skipped;

/** Each test has a sync of its own, so that none inherits another's ledger. */
function setUp(sync: Readonly<Record<string, unknown>> = {}, options: Parameters<typeof memoryDestination>[0] = {}) {
  const destination = memoryDestination(options);
  const id = `s-${randomUUID().slice(0, 8)}`;
  const deps = putMemorySync(world, destination, { id, ...sync });
  const run = async (over: Partial<SyncDeps> = {}) => {
    const result = await runSync({ ...deps, ...over }, id);
    expect(sum(result), 'planned = accepted + rejected + unknown + skipped').toBe(result.planned);
    return result;
  };
  return { destination, deps, id, run };
}

async function ledger(syncId: string) {
  const query = defineQuery({
    name: 'test.rows',
    sql: `select key, change, operation, outcome, fault, message, payload from sluice_audit.sync_rows where sync_id = {id:String} order by recorded_at, key`,
    params: z.object({ id: z.string() }),
    row: z.object({
      key: z.string(),
      change: z.string(),
      operation: z.string(),
      outcome: z.string(),
      fault: z.string(),
      message: z.string(),
      payload: z.string(),
    }),
  });
  return world.warehouse.owner.ask(query, { id: syncId });
}

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

  test('include values that are not what the destination expects, but not values that can be read as it', async () => {
    await world.execute(`create or replace table sluice.odd (email String, score Nullable(String)) engine = MergeTree order by email`);
    await world.execute(`insert into sluice.odd values ('a@example.com', '7'), ('b@example.com', 'seven'), ('c@example.com', null)`);
    const { destination, run, id } = setUp({ source: { table: 'odd' }, fields: { score: 'score' } });
    expect(await run()).toMatchObject({ planned: 2, invalid: 1 });
    expect([...destination.held.values()].map(({ score }) => score).sort()).toEqual([7, null]);
    expect((await ledger(id)).find(({ outcome }) => outcome === 'invalid')?.message).toBe('score is not a whole number');
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

  test('are tried again by every run with the newest payload until they succeed, and their reason names nobody', async () => {
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

  test('followed by a refusal in the same run is no proof that the row is not there: it is removed when it leaves', async () => {
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

describe.each(['upsert', 'mirror', 'audience'] as const)('mode %s', (mode) => {
  test('makes the destination equal to the source over any history of data and failures', async () => {
    const source = fc.uniqueArray(
      fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), first: fc.constantFrom('x', 'y', 'ü"\\\n') }),
      { selector: ({ name }) => name, maxLength: 5 },
    );
    const trouble = fc.option(fc.constantFrom<Fault['kind']>('row_invalid', 'transient', 'unknown_result', 'throttled', 'too_large'), {
      freq: 3,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ source, troubles: fc.array(trouble, { maxLength: 6 }), isApplied: fc.boolean() }), {
          minLength: 1,
          maxLength: 4,
        }),
        async (steps) => {
          const { destination, run } = setUp({ mode }, { maxRows: 2 });
          const everThere = new Map<string, string>();
          for (const { source: rows, troubles, isApplied } of steps) {
            await world.people(rows.map(({ name, first }) => person(name, first)));
            const script = [...troubles];
            destination.react(() => {
              const kind = script.shift();
              return kind ? { fault: { kind, message: '' }, isApplied: isApplied && kind === 'unknown_result' } : undefined;
            });
            await run();
          }
          // One run without trouble must be enough, whatever came before.
          destination.react(() => undefined);
          await run();
          const last = new Map((steps.at(-1)?.source ?? []).map(({ name, first }) => [`${name}@example.com`, first]));
          for (const row of destination.applied)
            if (row.operation !== 'delete' && row.operation !== 'remove')
              everThere.set(String(row.fields.email), String(row.fields.first_name));
          const expected = mode === 'upsert' ? new Map([...everThere, ...last]) : last;
          expect(new Map([...destination.held].map(([email, row]) => [email, row.first_name]))).toEqual(expected);
          expect(await run()).toMatchObject({ planned: 0 });
        },
      ),
      { numRuns: 10 },
    );
  });
});
