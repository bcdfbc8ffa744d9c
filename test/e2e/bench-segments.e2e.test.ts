import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';

/** What is looked at here; the benchmark itself holds its result against the whole shape. */
const figure = z.object({ seconds: z.number().positive(), cpu_seconds: z.number().nonnegative() });
const SegmentsResult = z.object({
  size: z.object({ people: z.number(), events: z.number() }),
  selects: z.object({ cpu_ratio: z.number().positive(), each: z.array(z.object({ id: z.string(), members: z.number() })) }),
  publications: z.undefined().optional(),
  asking: z.object({ size: figure, explain: figure, overlap: figure }),
  peak_mb: z.number().positive(),
});

let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'sluice-bench-test-'));
});
afterAll(() => rm(temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }));

test('the segments benchmark finds the same members as SQL by hand, times questions, and leaves nothing behind', async () => {
  const line = ['segments', '--scale', '0.001', '--rounds', '1', '--only', 'selects,asking', '--json'];
  const env = { ...process.env, CLICKHOUSE_URL: '', TMPDIR: temporary };
  const { stdout } = await promisify(execFile)(process.execPath, [resolve('bench/main.ts'), ...line], { env });
  const { size, selects } = SegmentsResult.parse(JSON.parse(stdout));
  expect(size).toEqual({ people: 2_000, events: 40_000 });
  // Had the members of any of them differed, it would have ended with an error.
  expect(selects.each.length).toBeGreaterThanOrEqual(38);
  expect(selects.each.filter(({ members }) => members > 0).length).toBeGreaterThan(30);
  expect(await readdir(temporary)).toEqual([]);
});
