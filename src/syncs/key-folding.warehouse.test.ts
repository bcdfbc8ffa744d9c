import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MemoryOptions } from '../../test/memory-destination.ts';
import { ledgerOf, person, setUp as setUpIn } from '../../test/sync-trial.ts';
import { openSyncWorld, type Person, type SyncWorld } from '../../test/sync-world.ts';
import type { Fault } from '../connector-kit/fault.ts';
import { MIGRATIONS_FOLDER, readMigrations } from '../warehouse/migrations.ts';
import { planSync } from './preview.ts';
import { runSync } from './run-sync.ts';

let world: SyncWorld;
beforeAll(async () => {
  world = await openSyncWorld();
});
afterAll(() => world.close());

const setUp = (sync: Readonly<Record<string, unknown>> = {}, options: MemoryOptions = {}) => setUpIn(world, sync, options);
const ledger = (id: string) => ledgerOf(world, id);

const lower = (text: string) => text.toLowerCase();
const cased = (name: string, first = 'x'): Person => ({ email: name, first_name: first });

describe('keys that the destination takes for one', () => {
  test('are one record to a sync that says so: another case is a change, and two rows of one key are reported and never sent', async () => {
    const { destination, run, id } = setUp({ compare: { email: 'email' } }, { fold: lower });
    await world.people([cased('Ada@Example.com'), cased('bob@example.com')]);
    expect(await run()).toMatchObject({ adds: 2 });
    await world.people([cased('ada@example.com'), cased(' BOB@example.com'), cased('Bob@example.com')]);
    expect(await run()).toMatchObject({ status: 'with_errors', adds: 0, changes: 1, removes: 0, invalid: 2 });
    expect([...destination.held.values()].map(({ email }) => email)).toEqual(['ada@example.com', 'bob@example.com']);
    expect((await ledger(id)).find(({ outcome }) => outcome === 'invalid')?.message).toBe(
      'the key is not unique in the source: the destination compares email as e-mail addresses, without regard to case and spaces around',
    );
    await world.people([cased('bob@example.com')]);
    expect(await run()).toMatchObject({ changes: 0, removes: 1, removed: 1 });
    expect([...destination.held.keys()]).toEqual(['bob@example.com']);
  });

  test('stay one record when a sync learns of it later: nothing is removed, nothing sent twice', async () => {
    const { destination, run, id, deps } = setUp({}, { fold: lower });
    await world.people([cased('Ada@Example.com'), cased('bob@example.com'), cased('É@example.com')]);
    await run();
    const sync = (await deps.resources.get('sync', id))?.document ?? {};
    world.put('sync', { ...sync, id, compare: { email: 'email' } });
    expect(await run()).toMatchObject({ planned: 0 });
    await world.people([cased('ada@example.com'), cased('bob@example.com'), cased('e\u0301@example.com')]);
    expect(await planSync(deps, id)).toMatchObject({ adds: 0, changes: 2, removes: 0, unchanged: 1 });
    expect(await run()).toMatchObject({ adds: 0, changes: 2, removes: 0 });
    expect(destination.applied.map(({ operation }) => operation)).not.toContain('delete');
  });

  test('may be phone numbers, compared by their digits, beside a key that is compared as it is', async () => {
    await world.execute('create or replace table sluice.phones (phone String, shop UInt64) engine = MergeTree order by tuple()');
    const tell = (...rows: [string, string][]) =>
      world
        .execute('truncate table sluice.phones')
        .then(() => world.execute(`insert into sluice.phones values ${rows.map(([phone, shop]) => `('${phone}', ${shop})`).join(', ')}`));
    const { run } = setUp({
      source: { table: 'phones' },
      key: { email: 'phone', shop: 'shop' },
      fields: {},
      compare: { email: 'phone' },
    });
    await tell(['+31 (0)6-123 45 678', '9007199254740993'], ['0612345678', '1'], ['no number', '1']);
    expect(await run()).toMatchObject({ adds: 3 });
    await tell(['0031612345678', '9007199254740993'], ['+31612345678', '9007199254740992'], ['0612345678', '1'], ['No Number', '1']);
    expect(await run()).toMatchObject({ adds: 1, changes: 2, removes: 0, invalid: 0 });
  });

  test('are phone numbers in full-width digits, and two numbers never become one because of other characters', async () => {
    const { run } = setUp({ compare: { email: 'phone' } });
    const apart = ['٣١٦١', '٣١٦٢', '+31 20 1#2', '+31 20 12', '+31 6²', '+31 62', '(0)61', '61', '+81 ９０２', '４１'];
    await world.people(['+81 ９０１', ...apart].map((name) => cased(name)));
    expect(await run()).toMatchObject({ adds: 11, invalid: 0 });
    await world.people(['+81901', ...apart].map((name) => cased(name)));
    expect(await run()).toMatchObject({ adds: 0, changes: 1, removes: 0, invalid: 0 });
  });

  test.each([
    ['UInt128', '36893488147419103233', '36893488147419103234'],
    ['Decimal(38, 18)', '1.123456789012345678', '1.123456789012345679'],
    ['String', 'a","email":"b', 'a","email":"B\\\\'],
  ])('stay apart by a field beside them that is compared as it is, to the last digit (%s)', async (type, one, other) => {
    await world.execute(`create or replace table sluice.accounts (email String, acc ${type}) engine = MergeTree order by tuple()`);
    const tell = (...rows: [string, string][]) =>
      world
        .execute('truncate table sluice.accounts')
        .then(() => world.execute(`insert into sluice.accounts values ${rows.map(([email, acc]) => `('${email}', '${acc}')`).join(', ')}`));
    const { destination, run } = setUp({
      source: { table: 'accounts' },
      key: { email: 'email', 'account {1}': 'acc' },
      fields: {},
      compare: { email: 'email' },
    });
    await tell(['Ada@x.com', one], ['Ada@x.com', other], ['bob@x.com', one]);
    expect(await run()).toMatchObject({ adds: 3, invalid: 0 });
    destination.applied.length = 0;
    await tell(['ADA@x.com', one], ['bob@x.com', one]);
    expect(await run()).toMatchObject({ adds: 0, changes: 1, removes: 1 });
    expect(destination.applied.map(({ operation, fields }) => `${operation} ${fields.email}`)).toEqual([
      'delete Ada@x.com',
      'upsert ADA@x.com',
    ]);
  });

  test.each(['delete', 'clear_fields'] as const)(
    'and that nobody has declared (on_leave: %s) are removed before any is written',
    async (on_leave) => {
      const { destination, run } = setUp({ on_leave }, { fold: lower, maxRows: 1 });
      await world.people([cased('Ada@x.com')]);
      await run();
      // The removal is slow; a write at the same time would be done first.
      const paces = [40];
      destination.pace(() => paces.shift() ?? 0);
      await world.people([cased('ada@x.com', 'new')]);
      expect(await run()).toMatchObject({ status: 'succeeded', adds: 1, removes: 1, accepted: 2 });
      expect(destination.held.get('ada@x.com')).toMatchObject({ email: 'ada@x.com', first_name: 'new' });
    },
  );

  test.each([true, false])('wait while a removal is refused or unanswered, and the others go on (idempotent: %s)', async (isIdempotent) => {
    const { destination, run, id } = setUp({}, { fold: lower, maxRows: 1, isIdempotent });
    await world.people(['Ada@x.com', 'Bob@x.com', 'Cyd@x.com'].map((name) => cased(name)));
    await run();
    const refusal: Fault = { kind: 'row_invalid', message: 'no' };
    const lost: Fault = { kind: 'unknown_result', message: 'no answer' };
    let troubles = true;
    destination.react((rows) => {
      if (!troubles || rows[0].operation !== 'delete') return undefined;
      if (rows[0].json.includes('Ada')) return { fault: refusal };
      return !isIdempotent && rows[0].json.includes('Bob') ? { fault: lost } : undefined;
    });
    await world.people(['ada@x.com', 'bob@x.com', 'cyd@x.com'].map((name) => cased(name, 'new')));
    const waiting = isIdempotent ? 1 : 2;
    expect(await run()).toMatchObject({
      status: 'with_errors',
      planned: 6,
      rejected: 1,
      skipped: waiting,
      message: expect.stringContaining(`${waiting} rows not sent: they wait for the removal of the same key`),
    });
    expect(destination.held.get('cyd@x.com')).toMatchObject({ first_name: 'new' });
    expect(destination.held.get('ada@x.com')).toMatchObject({ email: 'Ada@x.com' });
    troubles = false;
    // When a removal must not be sent twice, only a person can say what happened to it: until then the write waits too.
    expect(await run()).toMatchObject(isIdempotent ? { status: 'succeeded', planned: 2 } : { planned: 3, skipped: 1, held: 1 });
    expect(destination.held.get('ada@x.com')).toMatchObject({ email: 'ada@x.com', first_name: 'new' });
    expect((await ledger(id)).filter(({ key, operation }) => key.includes('bob') && operation === 'upsert')).toHaveLength(
      isIdempotent ? 1 : 0,
    );
  });
});

describe('a sync that no longer folds its keys', () => {
  const learn = async (trial: ReturnType<typeof setUp>, compare: string) => {
    const document = (await trial.deps.resources.get('sync', trial.id))?.document ?? {};
    world.put('sync', { ...document, id: trial.id, compare: { email: compare } });
  };

  test.each([
    ['email', ['Ada@x.com', 'bob@x.com', 'CYD@x.com']],
    ['phone', ['+31 6 1', '0031 6 2', '316 3']],
  ])('sends nothing of what has not changed (%s), also after a resync', async (compare, names) => {
    const trial = setUp({ compare: { email: compare } });
    await world.people(names.map((name) => cased(name)));
    await trial.run();
    await learn(trial, 'exact');
    expect(await planSync(trial.deps, trial.id)).toMatchObject({ adds: 0, changes: 0, removes: 0, unchanged: 3 });
    expect(await trial.run()).toMatchObject({ planned: 0 });
    await learn(trial, compare);
    expect(await runSync(trial.deps, trial.id, { isResync: true })).toMatchObject({ adds: 0, changes: 3, removes: 0 });
    await learn(trial, 'exact');
    expect(await trial.run()).toMatchObject({ planned: 0 });
  });

  test('takes the ledger of a version that stored the hash of the folded key', async () => {
    const trial = setUp({ compare: { email: 'email' } });
    await world.people(['Ada@x.com', 'bob@x.com'].map((name) => cased(name)));
    await trial.run();
    const stored = 'reinterpretAsUInt128(sipHash128(key))';
    await world.execute(`
      insert into sluice_state.sync_ledger
      select * replace (reinterpretAsUInt128(sipHash128(lower(key))) as key_hash)
      from sluice_state.sync_ledger where sync_id = '${trial.id}' and key != lower(key)`);
    await world.execute(`
      alter table sluice_state.sync_ledger delete where sync_id = '${trial.id}' and key != lower(key) and key_hash = ${stored}
      settings mutations_sync = 2`);
    const migrations = await readMigrations(MIGRATIONS_FOLDER);
    for (const sql of migrations.find(({ name }) => name === '0015_ledger_hashes.sql')?.statements ?? []) await world.execute(sql);
    expect(await ledger(trial.id)).toHaveLength(2);
    expect(await trial.run()).toMatchObject({ planned: 0 });
    await learn(trial, 'exact');
    expect(await trial.run()).toMatchObject({ planned: 0 });
    await world.people([cased('bob@x.com')]);
    expect(await trial.run()).toMatchObject({ changes: 0, removes: 1 });
    expect(await trial.run()).toMatchObject({ planned: 0 });
  });

  test.each([
    ['folds them all the same', { fold: lower }],
    ['never did', {}],
  ])('keeps one record of a key whose case changed meanwhile, whether the destination %s', async (_, options) => {
    const trial = setUp({ compare: { email: 'email' } }, options);
    const { destination, run, id, deps } = trial;
    const sent = () => destination.applied.splice(0).map(({ operation, fields }) => `${operation} ${fields.email}`);
    await world.people(['Ada@x.com', 'Bob@x.com', 'cyd@x.com'].map((name) => cased(name)));
    await run();
    await world.people(['ada@x.com', 'bob@x.com', 'cyd@x.com'].map((name) => cased(name)));
    expect(await run()).toMatchObject({ changes: 2 });
    await world.people(['ada@x.com', 'cyd@x.com'].map((name) => cased(name)));
    expect(await run()).toMatchObject({ removes: 1 });
    sent();
    await learn(trial, 'exact');
    // One record is written again in its first spelling: it was removed together with the other spelling.
    await world.people(['ada@x.com', 'Bob@x.com', 'cyd@x.com'].map((name) => cased(name)));
    const counts = { adds: 0, changes: 2, removes: 1 };
    expect(await planSync(deps, id)).toMatchObject({ ...counts, unchanged: 1 });
    expect(await run()).toMatchObject({ ...counts, status: 'succeeded' });
    expect(sent()[0]).toBe('delete Ada@x.com');
    expect([...destination.held.values()].map(({ email }) => email).sort()).toEqual(['Bob@x.com', 'ada@x.com', 'cyd@x.com']);
    expect(await run()).toMatchObject({ planned: 0 });
  });
});

test.each([
  ['undeclared', {}, ['Ada@x.com', 'ada@x.com', 'bob@x.com']],
  ['declared for spaces alone', { compare: { email: 'email' } }, ['a-da@x.com', 'ada@x.com', 'bob@x.com']],
])('a row that cannot be sent while a key like its own is removed is sent again as soon as it can be (%s)', async (_, sync, names) => {
  const { destination, run } = setUp(sync, { fold: (text) => lower(text).replace('-', '') });
  await world.people(names.map((name) => cased(name)));
  await run();
  await world.people(['ada@x.com', 'ada@x.com', 'bob@x.com'].map((name) => cased(name)));
  expect(await run()).toMatchObject({ changes: 0, removes: 1, invalid: 2 });
  expect([...destination.held.keys()]).toEqual(['bob@x.com']);
  await world.people(['ada@x.com', 'bob@x.com'].map((name) => cased(name)));
  expect(await run()).toMatchObject({ adds: 0, changes: 1, removes: 0 });
  expect([...destination.held.keys()].sort()).toEqual(['ada@x.com', 'bob@x.com']);
  expect(await run()).toMatchObject({ planned: 0 });
});

test('removing one of two keys that the destination takes for one leaves the other there, also when the run ends in between', async () => {
  const { destination, run, id, deps } = setUp({}, { fold: lower, maxRows: 1 });
  const held = () => [...destination.held.values()].map(({ email }) => email).sort();
  await world.people(['Ada@x.com', 'ada@x.com', 'Bob@x.com', 'bob@x.com'].map((name) => cased(name)));
  expect(await run()).toMatchObject({ adds: 4 });
  await world.people(['ada@x.com', 'bob@x.com'].map((name) => cased(name)));
  expect(await planSync(deps, id)).toMatchObject({ changes: 2, removes: 2, unchanged: 0 });
  // The login is refused as soon as the removals are through.
  destination.react((rows) => (rows[0].operation === 'delete' ? undefined : { fault: { kind: 'auth', message: 'no' } }));
  expect(await run()).toMatchObject({ status: 'failed', changes: 2, removes: 2, removed: 2, skipped: 2 });
  expect(held()).toEqual([]);
  destination.react(() => undefined);
  expect(await run()).toMatchObject({ status: 'succeeded', changes: 2, removes: 0 });
  expect(held()).toEqual(['ada@x.com', 'bob@x.com']);
  expect(await run()).toMatchObject({ planned: 0 });
});

describe.each([
  { mode: 'upsert', sync: {}, keys: 'as they are', fold: undefined, runs: 6 },
  { mode: 'mirror', sync: {}, keys: 'as they are', fold: undefined, runs: 6 },
  { mode: 'audience', sync: {}, keys: 'as they are', fold: undefined, runs: 6 },
  { mode: 'upsert', sync: { compare: { email: 'email' } }, keys: 'folded, as the sync says', fold: lower, runs: 4 },
  { mode: 'mirror', sync: {}, keys: 'folded, which nobody has said', fold: lower, runs: 6 },
  { mode: 'mirror', sync: { compare: { email: 'email' } }, keys: 'folded, as the sync says', fold: lower, runs: 4 },
  { mode: 'audience', sync: {}, keys: 'folded, which nobody has said', fold: lower, runs: 6 },
] as const)('mode $mode, keys compared $keys,', ({ mode, sync, fold, runs }) => {
  test('makes the destination equal to the source over any history of data, failures and requests that overtake each other', async () => {
    const source = fc.uniqueArray(
      fc.record({
        name: fold ? fc.constantFrom('a', 'A', 'b', 'B', 'c', 'C') : fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        first: fc.constantFrom('x', 'y', 'ü"\\\n'),
      }),
      { selector: ({ name }) => lower(name), maxLength: 5 },
    );
    const trouble = fc.option(fc.constantFrom<Fault['kind']>('row_invalid', 'transient', 'unknown_result', 'throttled', 'too_large'), {
      freq: 3,
    });
    const step = fc.record({
      source,
      troubles: fc.array(trouble, { maxLength: 6 }),
      paces: fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 6 }),
      isApplied: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const { destination, run } = setUp({ mode, ...sync }, { maxRows: 2, ...(fold ? { fold } : {}) });
        const everThere = new Map<string, string>();
        const keyOf = (email: unknown) => (fold ? fold(String(email)) : String(email));
        for (const { source: rows, troubles, paces, isApplied } of steps) {
          await world.people(rows.map(({ name, first }) => person(name, first)));
          const script = [...troubles];
          const waits = [...paces];
          destination.pace(() => waits.shift() ?? 0);
          destination.react(() => {
            const kind = script.shift();
            return kind ? { fault: { kind, message: '' }, isApplied: isApplied && kind === 'unknown_result' } : undefined;
          });
          await run();
        }
        // One run without trouble must be enough, whatever came before.
        destination.react(() => undefined);
        await run();
        const last = new Map((steps.at(-1)?.source ?? []).map(({ name, first }) => [keyOf(`${name}@example.com`), first]));
        for (const row of destination.applied)
          if (row.operation !== 'delete' && row.operation !== 'remove')
            everThere.set(keyOf(row.fields.email), String(row.fields.first_name));
        const expected = mode === 'upsert' ? new Map([...everThere, ...last]) : last;
        expect(new Map([...destination.held].map(([email, row]) => [email, row.first_name]))).toEqual(expected);
        expect(await run()).toMatchObject({ planned: 0 });
      }),
      { numRuns: runs },
    );
  });
});
