import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clickhouse } from './service.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-service-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dataDir, { recursive: true });
});

const prepare = () =>
  clickhouse.prepare({
    dataDir,
    parameters: { prefix: 'sluice', maxSeconds: 1, maxMemoryMb: 100, maxRows: 1_000, readerThreads: 1, readerQueries: 1, biDatabases: [] },
  });

test('a machine that no build fits is told where to get a server', async () => {
  vi.stubEnv('CHDB_LIBCHDB_PATH', '/nowhere/libchdb.so');
  await expect(prepare()).rejects.toMatchObject({
    code: 'embedded.unsupported_platform',
    message: expect.stringContaining(`${process.platform}-${process.arch}`),
    hint: expect.stringContaining('CLICKHOUSE_URL'),
  });
});

test('ports and passwords stay the same from start to start', async () => {
  const first = await prepare();
  expect((await prepare()).endpoints).toEqual(first.endpoints);
});

describe('what the server wrote before it ended', () => {
  test.each([
    ['Code: 210. DB::NetException: Listen [127.0.0.1]:1 failed: Address already in use', 'port_taken'],
    ['Code: 76. DB::Exception: Cannot lock file /x/status. Another server instance in same directory is already running.', 'in_use'],
    ['Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space', 'no_space'],
    ['std::exception: write failed, errno: 28, strerror: No space left on device', 'no_space'],
  ])('%s → %s', async (stderr, error) => {
    expect((await prepare()).explain(stderr)).toMatchObject({ error });
  });

  test('is shown as it is when it says nothing we know', async () => {
    expect((await prepare()).explain('Code: 999')).toBeUndefined();
  });
});
