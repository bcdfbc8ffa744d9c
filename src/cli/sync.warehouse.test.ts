import { once } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';
import { sluiceCommand } from '../../test/sluice-command.ts';
import { startVendorServer, type VendorServer } from '../../test/vendor-server.ts';
import { runSql } from '../../test/warehouse.ts';
import { type App, openApp } from '../app.ts';
import { runProgram } from './program.ts';

let home: TestDataDir;
let app: App;
let receiver: VendorServer;
let out: string;

beforeAll(async () => {
  [home, receiver] = await Promise.all([testDataDir(), startVendorServer()]);
  vi.stubEnv('SLUICE_DATA_DIR', home.path);
  vi.stubEnv('HOOK_SECRET', `whsec_${Buffer.alloc(32, 3).toString('base64')}`);
  app = openApp(home.config);
  out = join(home.path, 'out');
  await mkdir(out);
  await execute('create table sluice.people (email String, first_name String) engine = MergeTree order by email');
  await put('destination', { id: 'folder', title: 'Folder', connector: 'file', config: { folder: out } });
  await put('destination', {
    id: 'hook',
    title: 'Hook',
    connector: 'webhook',
    config: { url: `${receiver.url}?token=hidden-token`, secret: 'env:HOOK_SECRET', allow_private_network: true },
  });
  await putSync('to-folder', 'folder');
  await putSync('to-hook', 'hook');
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await app?.close();
  await receiver?.stop();
  vi.unstubAllEnvs();
  await home?.remove();
});

async function execute(sql: string): Promise<void> {
  await runSql((await app.warehouse()).owner, sql);
}

async function put(kind: 'sync' | 'destination', document: { readonly id: string } & Record<string, unknown>): Promise<void> {
  await (await app.store()).resources.put({ kind, id: document.id, document }, 'test');
}

const putSync = (id: string, destination: string, over: Record<string, unknown> = {}) =>
  put('sync', {
    id,
    title: 'People',
    source: { table: 'people' },
    destination,
    object: 'row',
    mode: 'mirror',
    key: { email: 'email' },
    fields: { first_name: 'first_name' },
    ...over,
  });

async function people(...names: string[]): Promise<void> {
  await execute('truncate table sluice.people');
  const { owner } = await app.warehouse();
  await owner.insert(
    'sluice.people',
    names.map((name) => ({ email: `${name}@example.com`, first_name: name })),
  );
}

async function sluice(...argv: string[]): Promise<{ exitCode: number; text: string }> {
  const written: string[] = [];
  const take = (chunk: string | Uint8Array) => written.push(String(chunk)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
  const exitCode = await runProgram(argv, openApp);
  vi.restoreAllMocks();
  return { exitCode, text: written.join('') };
}

async function json(...argv: string[]) {
  const { exitCode, text } = await sluice(...argv, '--json');
  return { exitCode, out: JSON.parse(text) };
}

describe('sluice sync', () => {
  test('run, resync and reset say what they do, as text and as JSON', async () => {
    await people('a', 'b', 'c', 'd');
    expect(await json('sync', 'run', 'to-folder')).toMatchObject({ exitCode: 0, out: { accepted: 4, address: `file row folder ${out}` } });
    expect(await json('sync', 'plan', 'to-folder')).toMatchObject({ out: { unchanged: 4, adds: 0, notes: [] } });

    expect(await json('sync', 'resync', 'to-folder', '--dry-run')).toMatchObject({ exitCode: 0, out: { changes: 4, unchanged: 0 } });
    expect(await readdir(join(out, 'to-folder'))).toHaveLength(1);
    expect(await json('sync', 'resync', 'to-folder')).toMatchObject({ exitCode: 0, out: { changes: 4, accepted: 4 } });
    expect(await readdir(join(out, 'to-folder'))).toHaveLength(2);

    const unconfirmed = await json('sync', 'reset', 'to-folder');
    expect(unconfirmed).toMatchObject({
      exitCode: 2,
      out: { error: { code: 'syncs.confirmation_needed', hint: expect.stringContaining('--yes') } },
    });
    expect(unconfirmed.out.error.message).toContain('4 rows that it sent to file row folder');
    expect(await json('sync', 'plan', 'to-folder')).toMatchObject({ out: { unchanged: 4 } });
    expect(await json('sync', 'reset', 'to-folder', '--yes')).toMatchObject({ exitCode: 0, out: { is_done: true, rows_left: 4 } });
    expect(await json('sync', 'plan', 'to-folder')).toMatchObject({ out: { adds: 4 } });
    expect((await sluice('sync', 'run', 'to-folder')).text).toContain('4 accepted, 0 rejected, 0 unknown; 0 invalid');
  });

  test('a tripped guard is opened for one run by the number of removals, no more', async () => {
    await people('a', 'b', 'c', 'd');
    await sluice('sync', 'run', 'to-folder');
    await people('a');
    expect(await json('sync', 'run', 'to-folder')).toMatchObject({ exitCode: 1, out: { error_code: 'syncs.removals_refused' } });
    const tooFew = await sluice('sync', 'run', 'to-folder', '--allow-removals', '2');
    expect(tooFew).toMatchObject({ exitCode: 1, text: expect.stringContaining('would remove 3 rows, and 2 were allowed') });
    expect(await json('sync', 'run', 'to-folder', '--allow-removals', '3')).toMatchObject({ exitCode: 0, out: { removed: 3 } });
    for (const wrong of ['-1', '1.5', 'all', ''])
      expect(await json('sync', 'run', 'to-folder', `--allow-removals=${wrong}`)).toMatchObject({
        exitCode: 2,
        out: { error: { code: 'syncs.usage' } },
      });
  });

  test('exits 1 when nothing was accepted of what was sent, and tells rejected from not sent', async () => {
    await people('a', 'b');
    receiver.behave(({ body }) => {
      const { rows } = (JSON.parse(body) as { data: { rows: unknown[] } }).data;
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ rejected: rows.map((_, index) => ({ index, reason: 'no' })) }),
      };
    });
    expect(await json('sync', 'run', 'to-hook')).toMatchObject({ exitCode: 1, out: { status: 'with_errors', rejected: 2, skipped: 0 } });
    receiver.behave(() => ({ status: 401 }));
    const refused = await sluice('sync', 'run', 'to-hook');
    expect(refused).toMatchObject({ exitCode: 1, text: expect.stringContaining('0 accepted, 0 rejected, 0 unknown, 2 not sent') });
    const status = await sluice('sync', 'status', 'to-hook');
    expect(status.text).toMatch(/not sent.*withheld.*invalid.*held/);
    expect(status.text).toContain('auth: HTTP 401');
    const { out: overall } = await json('status');
    expect(overall.syncs.find((one: { sync_id: string }) => one.sync_id === 'to-hook')).toMatchObject({
      health: 'failing',
      reason: 'auth: HTTP 401',
    });
  });

  test('status shows every sync, also one that cannot be read any more or never started', async () => {
    await put('sync', { id: 'unreadable', title: 'Old', mode: 'teleport' });
    await putSync('no-table', 'folder', { source: { table: 'dropped' } });
    expect(await json('sync', 'run', 'no-table')).toMatchObject({ exitCode: 2 });
    const { out: syncs } = await json('sync', 'list');
    const healths = Object.fromEntries(
      syncs.map((one: { sync_id: string; health: string; reason: string }) => [one.sync_id, [one.health, one.reason]]),
    );
    expect(healths.unreadable).toEqual(['failing', expect.stringContaining('mode')]);
    expect(healths['no-table']).toEqual(['failing', 'There is no published table dropped']);
    const { text } = await sluice('status');
    expect(text).toContain('There is no published table dropped');
    for (const id of ['unreadable', 'no-table']) await (await app.store()).resources.remove({ kind: 'sync', id }, 'test');
  });
});

test('the service logs the start and the end of every job, with ids, counts and duration, and nothing of any row', async () => {
  await people('ada', 'bob');
  receiver.behave(() => undefined);
  await rm(join(out, 'to-folder'), { recursive: true });
  await putSync('no-secret', 'hook-2');
  const { plain } = await (await app.store()).apiKeys.create({ name: 'admin', scopes: ['admin', 'read'] });
  vi.stubEnv('SLUICE_PORT', '0');
  const serve = sluiceCommand(home.path).start(['serve', '--json']);
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: serve.stderr }).on('line', (line) => line.startsWith('{') && lines.push(JSON.parse(line)));
  const [first] = await once(createInterface({ input: serve.stdout }), 'line');
  const { url } = JSON.parse(String(first)) as { url: string };
  const call = (path: string, body?: object) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${plain}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  expect((await call('/api/syncs/to-hook/runs', { resync: true })).status).toBe(202);
  expect((await call('/api/syncs/no-secret/runs')).status).toBe(202);
  expect(await (await call('/api/syncs/to-folder/reset')).json()).toMatchObject({ is_done: false });
  expect(await (await call('/api/syncs/to-folder/reset', { confirm: true })).json()).toMatchObject({ is_done: true });
  const ended = (subject: string) => lines.find((line) => line.msg === 'job ended' && line.subject === subject);
  await vi.waitFor(() => expect([ended('sync:to-hook'), ended('sync:no-secret')]).not.toContain(undefined), { timeout: 60_000 });

  expect(lines.find((line) => line.msg === 'job started' && line.subject === 'sync:to-hook')).toMatchObject({
    attempt: 1,
    job: 'sync.run',
  });
  expect(ended('sync:to-hook')).toMatchObject({
    succeeded: true,
    status: 'succeeded',
    planned: 2,
    accepted: 2,
    rejected: 0,
    skipped: 0,
    ms: expect.any(Number),
    run_id: expect.any(String),
    job_id: expect.any(String),
  });
  expect(ended('sync:no-secret')).toMatchObject({ level: 50, succeeded: false, will_retry: false, code: 'syncs.not_found' });
  const status = await fetch(`${url}/api/status`, { headers: { authorization: `Bearer ${plain}` } });
  expect(await status.json()).toMatchObject({
    jobs: { failed: 1, failures: [{ subject: 'sync:no-secret', reason: expect.stringContaining('hook-2') }] },
    syncs: expect.arrayContaining([expect.objectContaining({ sync_id: 'no-secret', health: 'failing' })]),
    missed_slots: [],
  });
  expect(JSON.stringify(lines)).not.toMatch(/@example\.com|hidden-token/);
  serve.kill('SIGTERM');
  await once(serve, 'close');
});
