import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IdentityResult } from '../../bench/identity/result.ts';

const MAIN = resolve('bench/main.ts');

let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'sluice-bench-test-'));
});
afterAll(() => rm(temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }));

const environment = () => ({ ...process.env, CLICKHOUSE_URL: '', TMPDIR: temporary });
const bench = (...line: string[]) => promisify(execFile)(process.execPath, [MAIN, 'identity', ...line], { env: environment() });

test('the identity benchmark solves as union-find does, adds as a full solve would, and leaves nothing behind', async () => {
  const { stdout } = await bench('--only', 'full,additions,shapes', '--edges', '13000', '--new', '300', '--json');
  const result = IdentityResult.parse(JSON.parse(stdout));
  // Had any two of the three partitions differed, it would have ended with an error.
  expect(result.full).toMatchObject({ profiles: 2_073, again_churn: 0 });
  expect(result.additions?.edges).toBe(300);
  expect(result.shapes?.map(({ shape }) => shape)).toContain('clique');
  expect(result.people).toBeUndefined();
  expect(await readdir(temporary)).toEqual([]);
});

test('it knows noisy people again, from raw rows to the graph', async () => {
  const { stdout } = await bench('--only', 'people', '--people', '400', '--json');
  const { people } = IdentityResult.parse(JSON.parse(stdout));
  expect(people).toMatchObject({ people: 400, limit_violations: 0, churn: 0 });
  expect(people?.score.pair_precision).toBeGreaterThan(0.95);
  expect(people?.score.pair_recall).toBeGreaterThan(0.95);
  expect(people?.recorded_violations.cap).toBeGreaterThan(0);
});

test('a part that does not exist, or an option of another benchmark, is refused with exit code 2', async () => {
  await expect(bench('--only', 'everything')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('bench.usage') });
  await expect(bench('--events', '5')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--events') });
});
