import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type TestStore, testStore } from '../../test/store.ts';
import { openApp } from '../app.ts';
import { runProgram } from './program.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
  vi.stubEnv('DATABASE_URL', store.config.DATABASE_URL);
  vi.stubEnv('SLUICE_DATA_DIR', store.config.dataDir);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await store.close();
});

/** What a script sees: the exit code and the one JSON document. */
async function sluice(...argv: string[]): Promise<{ exitCode: number; out: unknown }> {
  const written: string[] = [];
  const take = (chunk: string | Uint8Array) => written.push(String(chunk)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
  const exitCode = await runProgram([...argv, '--json'], openApp);
  vi.restoreAllMocks();
  return { exitCode, out: JSON.parse(written.join('')) };
}

test('a key is created, listed without itself, and revoked', async () => {
  const created = await sluice('keys', 'create', 'shop', '--scope', 'collect', '--source', 'web');
  expect(created).toMatchObject({
    exitCode: 0,
    out: { name: 'shop', scopes: ['collect'], source: 'web', key: expect.stringMatching(/^slk_/) },
  });
  const { key, id } = created.out as { key: string; id: string };
  expect(await store.apiKeys.verify(key)).toMatchObject({ id });

  const listed = await sluice('keys', 'list');
  expect(listed.out).toMatchObject([{ id, prefix: key.slice(0, 10), revoked_at: null }]);
  expect(JSON.stringify(listed.out)).not.toContain(key);

  expect(await sluice('keys', 'revoke', id)).toMatchObject({ exitCode: 0 });
  expect(await sluice('keys', 'revoke', 'nobody')).toMatchObject({ exitCode: 2, out: { error: { code: 'store.api_key_missing' } } });
});

test('a key that may send events needs a source, and no other may have one', async () => {
  const refused = { exitCode: 2, out: { error: { code: 'keys.source_missing' } } };
  expect(await sluice('keys', 'create', 'x', '--scope', 'collect')).toMatchObject(refused);
  expect(await sluice('keys', 'create', 'x', '--scope', 'read', '--source', 'web')).toMatchObject(refused);
});

test('secrets are listed by name only, and removed', async () => {
  await store.secrets.put('crm_token', 'hush');
  const listed = await sluice('secret', 'list');
  expect(listed.out).toMatchObject([{ name: 'crm_token', is_readable: true }]);
  expect(JSON.stringify(listed.out)).not.toContain('hush');
  expect(await sluice('secret', 'remove', 'crm_token')).toMatchObject({ exitCode: 0, out: { removed: true } });
  expect(await sluice('secret', 'remove', 'crm_token')).toMatchObject({ exitCode: 0, out: { removed: false } });
});

test('schedules are listed with their next five times or what they follow', async () => {
  await store.resources.put({ kind: 'segment', id: 'regulars', document: { schedule: { after: 'build' } } }, 'test');
  await store.resources.put(
    { kind: 'sync', id: 'crm', document: { source: { segment: 'regulars' }, schedule: { cron: '0 3 * * *' } } },
    'test',
  );
  const { out } = await sluice('schedule', 'list');
  expect(out).toMatchObject([
    { subject: 'segment:regulars', after: ['build'], next: [], missed_in_7_days: 0 },
    {
      subject: 'sync:crm',
      schedule: 'cron 0 3 * * * (UTC)',
      next: Array.from({ length: 5 }, () => expect.stringContaining('T03:00')),
      last: null,
    },
  ]);
});

test('there are no failed jobs, and none can be retried', async () => {
  expect(await sluice('schedule', 'failed')).toEqual({ exitCode: 0, out: [] });
  expect(await sluice('schedule', 'retry', 'nothing')).toMatchObject({ exitCode: 2, out: { error: { code: 'schedule.job_missing' } } });
});
