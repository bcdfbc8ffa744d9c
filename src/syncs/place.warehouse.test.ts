import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { startAnyPostgres } from '../../test/postgres.ts';
import { openSyncWorld, type SyncWorld } from '../../test/sync-world.ts';
import { startVendorServer } from '../../test/vendor-server.ts';
import { defineQuery } from '../warehouse/query.ts';
import { hashOf } from './address.ts';
import { planSync } from './preview.ts';
import { resetSync } from './resync.ts';
import { runSync } from './run-sync.ts';
import { syncStatus } from './status.ts';

let world: SyncWorld;
let server: { url: string; stop(): Promise<unknown> };
let client: pg.Client;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-place-'));
  [world, server] = await Promise.all([openSyncWorld(), startAnyPostgres()]);
  client = new pg.Client(server.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await Promise.all([world.close(), server.stop()]);
  await rm(folder, { recursive: true, force: true });
});

let id: string;
let table: string;
beforeEach(async () => {
  id = `s-${randomUUID().slice(0, 8)}`;
  table = `t_${id.slice(2)}`;
  world.environment.CRM_URL = server.url;
  await people('a', 'b', 'c');
});

const people = (...names: string[]) => world.people(names.map((name) => ({ email: `${name}@example.com`, first_name: name })));

function put(over: Readonly<Record<string, unknown>> = {}, config: Readonly<Record<string, unknown>> = {}): void {
  world.put('destination', {
    id: 'crm',
    title: 'CRM',
    connector: 'postgres',
    config: { url: 'env:CRM_URL', allow_private_network: true, ...config },
  });
  putSync({ destination: 'crm', options: { table, create_table: true }, ...over });
}

function putSync(over: Readonly<Record<string, unknown>>): void {
  world.put('sync', {
    id,
    title: 'People',
    source: { table: 'people' },
    object: 'row',
    mode: 'mirror',
    key: { email: 'email' },
    fields: { first_name: 'first_name' },
    guard: { max_removed_share: 0.5 },
    ...over,
  });
}

const run = (options: Parameters<typeof runSync>[2] = {}) => runSync(world.deps, id, options);
const plan = (options: Parameters<typeof planSync>[2] = {}) => planSync(world.deps, id, options);
const held = async (name = table) =>
  (await client.query(`select email from ${name} order by email`)).rows.map(({ email }) => email[0]).join('');
const status = () => syncStatus(world.deps, id, async () => false);

async function stored(): Promise<string> {
  const query = defineQuery({
    name: 'test.stored',
    sql: `
      select toJSONString(tuple(*)) as line from sluice_state.sync_targets
      union all
      select toJSONString(tuple(*)) as line from sluice_state.sync_runs
    `,
    params: z.object({}),
    row: z.object({ line: z.string() }),
  });
  return (await world.warehouse.owner.ask(query, {})).map(({ line }) => line).join('\n');
}

describe('a destination that points elsewhere now', () => {
  test('gets every row as new, the old place keeps its rows, and plan says so in a sentence; back again the sync goes on where it was', async () => {
    put();
    await run();
    await client.query(`create schema if not exists other`);
    put({}, { schema: 'other' });
    await people('b', 'c', 'd');
    expect(await plan()).toMatchObject({
      adds: 3,
      changes: 0,
      removes: 0,
      unchanged: 0,
      notes: [
        expect.stringMatching(
          /Rows go to postgres row host 127.*schema other.* now\. Until now they went to .*schema public.*: the 3 rows there stay there/,
        ),
      ],
    });
    expect(await run()).toMatchObject({
      status: 'succeeded',
      adds: 3,
      removes: 0,
      message: expect.stringContaining('Until now they went to'),
    });
    expect([await held(), await held(`other.${table}`)]).toEqual(['abc', 'bcd']);
    expect(await run()).toMatchObject({ planned: 0, message: '' });

    put();
    expect(await run()).toMatchObject({ adds: 1, removes: 1 });
    expect(await held()).toBe('bcd');
  });

  test('another database behind the same variable is another place; another login, or another name of the variable, is not', async () => {
    put();
    await run();
    await client.query('drop role if exists sluice_second');
    await client.query(`create role sluice_second superuser login password 'second-password'`);
    const url = new URL(server.url);
    url.username = 'sluice_second';
    url.password = 'second-password';
    world.environment.CRM_URL_2 = url.href;
    put({}, { url: 'env:CRM_URL_2' });
    expect(await run()).toMatchObject({ planned: 0, status: 'succeeded' });
    world.put('destination', {
      id: 'renamed',
      title: 'CRM',
      connector: 'postgres',
      config: { url: 'env:CRM_URL', allow_private_network: true },
    });
    put({ destination: 'renamed' });
    expect(await run()).toMatchObject({ planned: 0 });

    await client.query(`create database d_${table}`).catch(() => undefined);
    url.pathname = `/d_${table}`;
    world.environment.CRM_URL = url.href;
    put();
    const moved = await plan();
    if (moved.notes.some((note) => note.includes('cannot be looked at'))) return; // PGlite has one database.
    expect(moved).toMatchObject({ adds: 3, removes: 0 });
    expect(await stored()).not.toContain('second-password');
  });

  test('a webhook with a token in its query and a password in its URL keeps its state when these are renewed, and they are stored nowhere', async () => {
    const receiver = await startVendorServer();
    const hook = (url: string) => {
      world.put('destination', {
        id: 'hook',
        title: 'Hook',
        connector: 'webhook',
        config: { url, secret: 'env:WEBHOOK_SECRET', allow_private_network: true },
      });
      putSync({ destination: 'hook', object: 'contact' });
    };
    hook(`${receiver.url}?token=first-token&list=7`);
    expect(await run()).toMatchObject({ adds: 3, accepted: 3 });
    hook(`${receiver.url.replace('://', '://u:secret-password@')}?list=7&token=second-token`);
    expect(await run()).toMatchObject({ planned: 0 });
    hook(`${receiver.url}?token=second-token&list=8`);
    expect(await run()).toMatchObject({ adds: 3, removes: 0, message: expect.stringContaining('another place of the same host') });
    expect(await stored()).not.toMatch(/first-token|second-token|secret-password|\/hook/);
    await receiver.stop();
  });

  test('a ledger of before goes on: nothing is sent again after the upgrade, and removals find what was sent', async () => {
    put();
    await run();
    // As an earlier version wrote it: the name of the destination document was the place.
    const before = hashOf(['crm', 'postgres', 'row', [table], ['email']]).slice(0, 16);
    await world.execute(`
      insert into sluice_state.sync_ledger
      select * replace('${before}' as target, '${id}-old' as sync_id, toUInt64(0) as run_number)
      from (select * from sluice_state.sync_ledger where sync_id = '${id}')`);
    id = `${id}-old`;
    put();
    expect(await plan()).toMatchObject({ adds: 0, unchanged: 3, notes: [] });
    await people('a', 'b');
    expect(await run()).toMatchObject({ adds: 0, changes: 0, removes: 1, accepted: 1, target: before });
    expect(await held()).toBe('ab');
    expect(await run()).toMatchObject({ planned: 0, target: before });
  });
});

describe('a place that is not what it was', () => {
  test.each([
    ['was dropped', () => `drop table ${table}`, 'is not there any more'],
    [
      'was dropped and made anew',
      () => `drop table ${table}; create table ${table} (email text primary key, first_name text)`,
      'was made anew and is empty',
    ],
    ['was truncated', () => `truncate ${table}`, 'was emptied'],
  ])('%s gets everything anew, and plan and run say so', async (_, sql, words) => {
    put();
    await run();
    await people('a', 'b', 'd');
    await client.query(sql());
    expect(await plan()).toMatchObject({ adds: 3, removes: 0, notes: [expect.stringContaining(words)] });
    expect(await run()).toMatchObject({ status: 'succeeded', adds: 3, removes: 0, accepted: 3, message: expect.stringContaining(words) });
    expect(await held()).toBe('abd');
    expect(await run()).toMatchObject({ planned: 0, message: '' });
  });

  test('is a partitioned table that was truncated gets everything anew too, and one that has got another part gets nothing', async () => {
    put();
    await client.query(`create table ${table} (email text primary key, first_name text) partition by range (email)`);
    await client.query(`create table ${table}_0 partition of ${table} for values from ('a') to ('n')`);
    await run();
    await client.query(`create table ${table}_1 partition of ${table} for values from ('n') to ('z')`);
    expect(await run()).toMatchObject({ planned: 0, message: '' });
    await client.query(`truncate ${table}`);
    expect(await run()).toMatchObject({ status: 'succeeded', adds: 3, message: expect.stringContaining('was emptied') });
    expect(await held()).toBe('abc');
  });

  test('was truncated and written to since, by another sync too, gets everything again', async () => {
    const both = [id, `${id}-b`];
    const runBoth = async () => [await runSync(world.deps, both[0] ?? ''), await runSync(world.deps, both[1] ?? '')];
    for (id of both) put();
    await runBoth();
    await client.query(`truncate ${table}; insert into ${table} values ('x@example.com', 'theirs')`);
    const again = { status: 'succeeded', changes: 3, accepted: 3, message: expect.stringContaining('was emptied and written to since') };
    expect(await runBoth()).toMatchObject([again, again]);
    expect(await held()).toBe('abcx');
    expect(await runBoth()).toMatchObject([{ planned: 0 }, { planned: 0 }]);
  });

  test('has lost a column gets it back in every row, not only in those that have changed', async () => {
    put();
    await run();
    await client.query(`alter table ${table} drop column first_name`);
    await people('a', 'b');
    expect(await plan()).toMatchObject({ changes: 2, removes: 1, notes: [expect.stringContaining('has lost what it had of first_name')] });
    expect(await run()).toMatchObject({ status: 'succeeded', changes: 2, removes: 1, message: expect.stringContaining('has lost') });
    expect((await client.query(`select first_name from ${table} order by email`)).rows).toEqual([{ first_name: 'a' }, { first_name: 'b' }]);
    put({ fields: { first_name: 'first_name', score: 'score' } });
    // A field that is mapped for the first time is no loss.
    expect(await run()).toMatchObject({ changes: 2, removes: 0, message: '' });
    expect(await run()).toMatchObject({ planned: 0 });
  });

  test('was restored from a backup gets everything again, removals included', async () => {
    put();
    await run();
    await client.query(`create table backup_${table} as table ${table}`);
    await people('a', 'b');
    await run();
    await client.query(`drop table ${table}; alter table backup_${table} rename to ${table}; alter table ${table} add primary key (email)`);
    expect(await held()).toBe('abc');
    expect(await plan()).toMatchObject({ changes: 2, removes: 1, notes: [expect.stringContaining('removals included')] });
    expect(await run()).toMatchObject({ status: 'succeeded', changes: 2, removes: 1, accepted: 3 });
    expect(await held()).toBe('ab');
    expect(await run()).toMatchObject({ planned: 0 });
  });

  test('is missing, and is not made by the run, fails the run although nothing was to be sent, and keeps what is known', async () => {
    put({ options: { table, create_table: false } });
    await client.query(`create table ${table} (email text primary key, first_name text)`);
    await run();
    await client.query(`alter table ${table} rename to away`);
    expect(await run()).toMatchObject({
      status: 'failed',
      error_code: 'syncs.destination_failed',
      message: expect.stringContaining('does not exist'),
    });
    expect((await plan()).notes).toEqual([expect.stringContaining('A run would fail')]);
    expect(await status()).toMatchObject({
      health: 'failing',
      reason: expect.stringContaining('does not exist'),
      last_success_at: expect.any(String),
    });
    await client.query(`alter table away rename to ${table}`);
    expect(await run()).toMatchObject({ status: 'succeeded', planned: 0 });
  });

  test('is empty for no reason that can be seen is pointed out, and nothing is guessed', async () => {
    put();
    await run();
    await client.query(`delete from ${table}`);
    expect(await run()).toMatchObject({
      status: 'with_errors',
      planned: 0,
      message: expect.stringContaining('is empty, although 3 rows were sent there'),
    });
    expect(await run({ isResync: true })).toMatchObject({ status: 'with_errors', changes: 3, accepted: 3 });
    expect(await held()).toBe('abc');
  });

  test('is a folder that was deleted gets everything anew; files that were collected are no loss', async () => {
    const out = join(folder, id);
    await mkdir(out);
    world.put('destination', { id: 'folder', title: 'Folder', connector: 'file', config: { folder: out } });
    putSync({ destination: 'folder' });
    const files = () => readdir(join(out, id));
    await run();
    for (const file of await files()) await rm(join(out, id, file));
    expect(await run()).toMatchObject({ status: 'succeeded', planned: 0, message: '' });
    await rm(join(out, id), { recursive: true });
    expect(await plan()).toMatchObject({ adds: 3, notes: [expect.stringContaining('is not there any more')] });
    expect(await run()).toMatchObject({ adds: 3, accepted: 3 });
    const [file = ''] = await files();
    expect((await readFile(join(out, id, file), 'utf8')).trim().split('\n')).toHaveLength(4);
    await rm(join(out, id), { recursive: true });
    await mkdir(join(out, id));
    expect(await run()).toMatchObject({ adds: 3, message: expect.stringContaining('was made anew') });
  });
});

test('a text with a NUL, which PostgreSQL has no place for, keeps its field back and not the person; as a key it is not sent', async () => {
  put();
  await world.execute(`truncate table sluice.people`);
  await world.execute(
    `insert into sluice.people values ('a@example.com', 'A\\0', 1), ('b\\0@example.com', 'B', 1), ('c@example.com', 'C', 1)`,
  );
  expect(await run()).toMatchObject({ status: 'with_errors', accepted: 2, rejected: 0, invalid: 1, fields_withheld: 1 });
  expect((await client.query(`select * from ${table} order by email`)).rows).toEqual([
    { email: 'a@example.com', first_name: null },
    { email: 'c@example.com', first_name: 'C' },
  ]);
});

test.each([
  ['uuid', '6F9619FF-8B86-D011-B42D-00CF4FC964FF', '{6f9619ff-8b86-d011-b42d-00cf4fc964ff}'],
  ['char(5)', 'abc', 'abc '],
])('two keys that are one in a column of %s: the row is there when one of them leaves', async (type, one, other) => {
  put();
  await client.query(`create table ${table} (email ${type} primary key, first_name text)`);
  const tell = (...emails: string[]) => world.people(emails.map((email) => ({ email, first_name: email })));
  await tell(one, other);
  expect(await run()).toMatchObject({ status: 'succeeded', adds: 2 });
  await tell(other);
  expect(await run()).toMatchObject({ status: 'succeeded', changes: 1, removes: 1 });
  expect((await client.query(`select first_name from ${table}`)).rows).toEqual([{ first_name: other }]);
});

describe('a resync', () => {
  test('sends every row and every removal again, also rows that were changed there; --dry-run counts the same and sends nothing', async () => {
    put();
    await run();
    await people('a', 'b');
    await run();
    // Behind our back: a row edited, a row deleted, a removed one back again.
    await client.query(`update ${table} set first_name = 'edited' where email like 'a%'`);
    await client.query(`delete from ${table} where email like 'b%'`);
    await client.query(`insert into ${table} values ('c@example.com', 'back'), ('x@example.com', 'theirs')`);
    expect(await run()).toMatchObject({ planned: 0 });

    expect(await plan({ isResync: true })).toMatchObject({ adds: 0, changes: 2, removes: 1, unchanged: 0, guard: { verdict: 'send' } });
    expect(await held()).toBe('acx');
    expect(await run({ isResync: true })).toMatchObject({ kind: 'run', status: 'succeeded', changes: 2, removes: 1, accepted: 3 });
    expect(await held()).toBe('abx');
    expect((await client.query(`select first_name from ${table} where email like 'a%'`)).rows).toEqual([{ first_name: 'a' }]);
    expect(await run()).toMatchObject({ planned: 0 });
    expect((await status()).runs.map(({ kind }) => kind)).toEqual(['run', 'run', 'resync', 'run', 'run', 'run']);
  });

  test('that is refused in part, or stopped, is finished by the runs that follow', async () => {
    put();
    await run();
    await client.query(`alter table ${table} add constraint no_b check (email not like 'b%') not valid`);
    expect(await run({ isResync: true })).toMatchObject({ status: 'with_errors', accepted: 2, rejected: 1 });
    const stop = new AbortController();
    stop.abort();
    await expect(run({ isResync: true, signal: stop.signal })).rejects.toMatchObject({ code: 'warehouse.cancelled' });
    await client.query(`alter table ${table} drop constraint no_b`);
    expect(await run()).toMatchObject({ status: 'succeeded', changes: 3, accepted: 3 });
    expect(await run()).toMatchObject({ planned: 0 });
  });
});

test('a reset says what stays, forgets it, and leaves a record; unconfirmed it changes nothing', async () => {
  put();
  await run();
  const asked = await resetSync(world.deps, id, { isConfirmed: false });
  expect(asked).toMatchObject({
    is_done: false,
    rows_left: 3,
    message: expect.stringMatching(/3 rows that it sent to postgres row host .*, table t_\w+ stay there/),
  });
  expect(await run()).toMatchObject({ planned: 0 });
  expect(await resetSync(world.deps, id, { isConfirmed: true })).toMatchObject({ is_done: true, rows_left: 3 });
  await people('b', 'd');
  expect(await run()).toMatchObject({ adds: 2, removes: 0, accepted: 2 });
  expect(await held()).toBe('abcd');
  expect(await status()).toMatchObject({
    health: 'healthy',
    runs: [{}, { kind: 'reset', message: expect.stringContaining('3 rows') }, {}, {}],
  });
});
