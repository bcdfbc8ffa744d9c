import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { madeUpSets } from '../laboratory/truth-sets/made-up-sets.ts';

const MAIN = resolve('bench/main.ts');

/** What is looked at here; the benchmark itself holds its result against the whole shape. */
const IdentityResult = z.object({
  full: z.looseObject({}).optional(),
  additions: z.object({ edges: z.number() }).optional(),
  shapes: z.array(z.object({ shape: z.string() })).optional(),
  people: z
    .looseObject({
      score: z.object({ pair_precision: z.number(), pair_recall: z.number() }),
      recorded_violations: z.looseObject({ cap: z.number().optional() }),
    })
    .optional(),
  truth_sets: z.array(z.object({ method: z.string(), f1: z.number() })).optional(),
});

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

test('it scores the published profiles on records of one’s own, and says what is wrong with a file that is not a truth set', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-truth-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const set = madeUpSets(7).find(({ name }) => name === 'typing');
  if (!set) throw new Error('no set has typing errors');
  const { kinds, records } = set;
  const lines = records.map(({ id, person, values }) => [id, person, ...kinds.map((kind) => values[kind] ?? '')].join(','));
  await writeFile(join(dir, 'ours.csv'), [`record,person,${kinds.join(',')}`, ...lines].join('\n'));
  const { stdout } = await bench('--only', 'truth-sets', '--truth-sets', dir, '--json');
  const { truth_sets: measured = [] } = IdentityResult.parse(JSON.parse(stdout));
  expect(measured.map(({ method }) => method)).toEqual(['probabilistic', 'published profiles', 'composite keys']);
  for (const { f1, method } of measured.slice(0, 2)) expect(f1, method).toBeGreaterThan(0.95);

  await writeFile(join(dir, 'theirs.csv'), 'person,nickname\n1,Ada\n');
  await expect(bench('--only', 'truth-sets', '--truth-sets', dir)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('theirs.csv'),
  });
});

test('a part that does not exist, or an option of another benchmark, is refused with exit code 2', async () => {
  await expect(bench('--only', 'everything')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('bench.usage') });
  await expect(bench('--events', '5')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--events') });
});
