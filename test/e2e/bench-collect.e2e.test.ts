import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';

/** What is looked at here; the benchmark itself holds its result against the whole shape. */
const rate = z.looseObject({ events_per_second: z.number(), p99_ms: z.number() });
const CollectResult = z.object({
  cases: z.array(
    z.object({
      messages: z.number(),
      connections: z.number(),
      service: rate.extend({ peak_mb: z.number(), cpu_us_per_event: z.number() }),
      bare_app: rate,
    }),
  ),
  bare_inserts: z.array(z.object({ rows: z.number() })),
  half_load: z.looseObject({ events_per_second: z.number() }),
});

let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'sluice-bench-test-'));
});
afterAll(() => rm(temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }));

test('the collect benchmark measures the service beside a bare app and bare inserts, and leaves nothing behind', async () => {
  const line = ['collect', '--seconds', '0.3', '--messages', '20', '--connections', '4', '--json'];
  const env = { ...process.env, CLICKHOUSE_URL: '', TMPDIR: temporary };
  const { stdout } = await promisify(execFile)(process.execPath, [resolve('bench/main.ts'), ...line], { env });
  const { cases, bare_inserts, half_load } = CollectResult.parse(JSON.parse(stdout));
  expect(cases.map(({ messages, connections }) => [messages, connections])).toEqual([[20, 4]]);
  for (const { service, bare_app } of cases) {
    expect(service).toMatchObject({ refused: 0 });
    for (const figure of [service.events_per_second, service.p99_ms, service.peak_mb, service.cpu_us_per_event, bare_app.p99_ms])
      expect(figure).toBeGreaterThan(0);
  }
  expect(bare_inserts.map(({ rows }) => rows)).toEqual([10_000, 100]);
  expect(half_load.events_per_second).toBeGreaterThan(0);
  expect(await readdir(temporary)).toEqual([]);
});
