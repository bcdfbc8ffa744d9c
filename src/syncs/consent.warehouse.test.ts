/** Whom a sync may send: those with consent, and nobody who is excluded everywhere. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { segmentRoom } from '../../test/segments/deps.ts';
import { type OwnTable, ownCatalogue, ownTableSql } from '../../test/segments/household.ts';
import { emails, setUp as setUpIn } from '../../test/sync-trial.ts';
import { openSyncWorld, type SyncWorld } from '../../test/sync-world.ts';
import { publishSegment } from '../segments/publish.ts';
import { syncKind } from './kind.ts';
import { planSync } from './preview.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
  await world.execute(
    'create table sluice.readers (email Nullable(String), first_name String, mail Nullable(Bool), ads Bool) engine = MergeTree order by tuple()',
  );
});
afterAll(() => world.close());

interface Reader {
  readonly email: string | null;
  readonly first_name: string;
  readonly mail: boolean | null;
  readonly ads: boolean;
}

const reader = (email: string | null, mail: boolean | null, known: Partial<Reader> = {}): Reader => ({
  email,
  first_name: `${email}`,
  mail,
  ads: true,
  ...known,
});

async function readers(rows: readonly Reader[]): Promise<void> {
  await world.execute('truncate table sluice.readers');
  if (rows.length > 0) await world.warehouse.owner.insert('sluice.readers', rows);
}

const setUp = (sync: Readonly<Record<string, unknown>> = {}) =>
  setUpIn(world, { source: { table: 'readers' }, fields: { first_name: 'first_name' }, consent: { column: 'mail' }, ...sync });

describe('consent', () => {
  test('false, null and a missing yes keep a row back; who withdraws is removed, and comes back with a new yes', async () => {
    const { destination, run, deps, id } = setUp();
    await readers([reader('a', true), reader('b', false), reader('c', null)]);
    expect(await planSync(deps, id)).toMatchObject({ adds: 1, invalid: 0, held_by_consent: 2 });
    expect(await run()).toMatchObject({ status: 'succeeded', adds: 1, held_by_consent: 2 });
    expect(emails(destination)).toEqual(['a']);
    await readers([reader('a', null), reader('b', true), reader('c', null)]);
    expect(await planSync(deps, id)).toMatchObject({ adds: 1, removes: 1, held_by_consent: 2 });
    expect(await run()).toMatchObject({ adds: 1, removes: 1, removed: 1, held_by_consent: 2 });
    expect(emails(destination)).toEqual(['b']);
    await readers([reader('a', true), reader('b', true), reader('c', null)]);
    expect(await run()).toMatchObject({ adds: 1, removes: 0, held_by_consent: 1 });
    expect(await run()).toMatchObject({ planned: 0 });
  });

  test('of several columns each must be true', async () => {
    const { destination, run } = setUp({ consent: { column: ['mail', 'ads'] } });
    await readers([reader('a', true), reader('b', true, { ads: false }), reader('c', false)]);
    expect(await run()).toMatchObject({ adds: 1, held_by_consent: 2 });
    expect(emails(destination)).toEqual(['a']);
  });

  test('a key with a yes and a no is not unique: it is not sent, and what was sent of it is removed', async () => {
    const { destination, run } = setUp();
    const both = [reader('a', true), reader('a', false), reader('b', true)];
    await readers(both);
    expect(await run()).toMatchObject({ adds: 1, invalid: 1, held_by_consent: 1 });
    await readers([reader('a', true), reader('b', true)]);
    await run();
    await readers(both);
    expect(await run()).toMatchObject({ removes: 1, removed: 1 });
    expect(emails(destination)).toEqual(['b']);
  });

  test('a source in which nobody consents removes nothing unless the sync allows it', async () => {
    const { destination, run } = setUp({ guard: { max_removed_share: 1, allow_empty: false } });
    await readers([reader('a', true)]);
    await run();
    await readers([reader('a', null)]);
    expect(await run()).toMatchObject({ removes: 0, withheld: 1, held_by_consent: 1 });
    expect(emails(destination)).toEqual(['a']);
  });

  test('with mode upsert nobody is removed, and nobody without consent is written', async () => {
    const { destination, run, deps, id } = setUp({ mode: 'upsert' });
    await readers([reader('a', true)]);
    await run();
    await readers([reader('a', false, { first_name: 'changed' })]);
    expect(await planSync(deps, id)).toMatchObject({ changes: 0, left_there: 1, unchanged: 0 });
    expect(await run()).toMatchObject({ planned: 0 });
    expect(destination.held.get('a')).toMatchObject({ first_name: 'a' });
  });

  test('that is withdrawn while a run goes on keeps the rows of later batches back', async () => {
    const { destination, deps, run } = setUp();
    const small = { ...deps, delivery: { ...deps.delivery, windowRows: 3 } };
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    await readers(names.map((name) => reader(name, true)));
    const { owner } = world.warehouse;
    let written = 0;
    // Nobody consents any more when the intent of the second window is written.
    const meddling = new Proxy(owner, {
      get:
        (target, name) =>
        async (statement: never, ...rest: never[]) => {
          if (statement === 'sluice_state.sync_windows' && ++written === 2)
            await world.execute('alter table sluice.readers update mail = false where 1 settings mutations_sync = 1');
          return (target[name as 'run'] as (...args: never[]) => unknown).call(target, statement, ...rest);
        },
    });
    const result = await run({ ...small, warehouse: { ...world.warehouse, owner: meddling } });
    expect(result.accepted + result.skipped).toBe(9);
    expect(result.skipped).toBeGreaterThanOrEqual(3);
    expect(result.message).toContain('consent was withdrawn');
    expect(await run()).toMatchObject({ removes: result.accepted, held_by_consent: 9 });
    expect(emails(destination)).toEqual([]);
  });

  test('is a column of true and false that the source has, told at its place', async () => {
    const problemsOf = async (column: unknown) => {
      const { deps, id } = setUp({ consent: { column } });
      return planSync(deps, id).then(
        () => [],
        (error: { problems: readonly { path: readonly unknown[]; message: string }[] }) => error.problems,
      );
    };
    expect(await problemsOf('male')).toMatchObject([
      { path: ['consent', 'column'], message: 'the source has no column male; did you mean mail?' },
    ]);
    expect(await problemsOf(['mail', 'first_name'])).toMatchObject([
      { path: ['consent', 'column', 1], message: expect.stringContaining('first_name is String: consent is a column of true and false') },
    ]);
    expect(await problemsOf([])).toMatchObject([{ path: ['consent', 'column'] }]);
    expect(await problemsOf(true)).toMatchObject([{ path: ['consent', 'column'], message: expect.stringContaining('a list of columns') }]);
  });

  test('law: after a run the destination has the rows that consent, are complete and have a key of their own, or had it before the key was doubled', async () => {
    const row = fc.record({
      email: fc.constantFrom(null, 'a', 'b', 'c', 'd'),
      first_name: fc.constantFrom('x', 'y'),
      mail: fc.constantFrom(true, true, false, null),
      ads: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(row, { maxLength: 6 }), { minLength: 2, maxLength: 3 }), async (steps) => {
        const { destination, run, deps, id } = setUp({ consent: { column: ['mail', 'ads'] } });
        const there = new Map<string, string>();
        for (const rows of steps) {
          await readers(rows);
          const yes = (one: Reader) => one.mail === true && one.ads;
          for (const key of ['a', 'b', 'c', 'd']) {
            const own = rows.filter(({ email }) => email === key);
            const [only] = own;
            if (own.every((one) => !yes(one)) || !own.every(yes)) there.delete(key);
            else if (own.length === 1 && only) there.set(key, only.first_name);
          }
          const denied = rows.filter((one) => !yes(one)).length;
          const plan = await planSync(deps, id);
          const result = await run();
          expect(result).toMatchObject({
            held_by_consent: denied,
            adds: plan.adds,
            changes: plan.changes,
            removes: plan.removes,
            invalid: plan.invalid,
          });
          expect(plan.held_by_consent).toBe(denied);
          expect(new Map([...destination.held].map(([key, fields]) => [key, fields.first_name]))).toEqual(there);
        }
      }),
      { numRuns: 8 },
    );
  });
});

test('a table whose rows are of an entity leaves out who is excluded everywhere, and rows of nobody stay', async () => {
  const table: OwnTable = { keyType: 'UInt64', database: world.warehouse.databases.staging, table: 'homes' };
  for (const sql of ownTableSql(table, [
    ['1', 'NL'],
    ['2', 'NL'],
    ['3', 'BE'],
  ]))
    await world.execute(sql);
  const { deps, destination, id, run } = setUpIn(world, {
    source: { table: 'homes' },
    key: { email: 'household_id' },
    fields: { first_name: 'city' },
  });
  const catalogue = async () => ownCatalogue(table);
  expect(await run({ catalogue })).toMatchObject({ adds: 3 });
  const room = { ...segmentRoom(world.warehouse, world.warehouse.prefix), catalogue };
  const suppressed = { entity: 'household', where: { trait: 'city', is: 'BE' }, excluded_everywhere: true };
  room.apply({ suppressed });
  world.put('segment', { id: 'suppressed', title: 'Suppressed', ...suppressed });
  await expect(planSync({ ...deps, catalogue }, id)).rejects.toMatchObject({ code: 'segments.unpublished' });
  // It cannot be published before it is applied, so a plan must not refuse it together with the sync.
  const found: string[] = [];
  const note = (what: string) => (_: unknown, __: unknown, code: string) => found.push(`${what} ${code}`);
  const findings = { wrong: note('wrong'), doubtful: note('doubtful') } as never;
  const document = (await deps.resources.get('sync', id))?.document ?? {};
  const checked = {
    documents: [{ kind: 'sync', id, document }],
    folder: deps.resources,
    findings,
    deps: { syncs: { ...deps, catalogue } },
  };
  await syncKind.check(checked);
  expect(found).toEqual(['doubtful segments.unpublished']);
  await publishSegment(room, 'suppressed');
  expect(await run({ catalogue })).toMatchObject({ removes: 1, removed: 1, status: 'succeeded' });
  expect(emails(destination)).toEqual(['1', '2']);
});
