import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { copyOfProject, type ProjectCopy } from '../dbt.ts';
import { childrenOf, isAlive } from '../processes.ts';

/** The tables that dbt builds aside. */
const HALF_BUILT = "system.tables where name like '%\\_\\_dbt\\_%'";
const MAIN = resolve('src/main.ts');

let dataDir: string;
let project: ProjectCopy;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-build-'));
  project = await copyOfProject({ withModels: false });
});
afterAll(async () => {
  await finished(sluice('stop'));
  await project.remove();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
});

function sluice(...line: string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...line], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      SLUICE_DATA_DIR: dataDir,
      SLUICE_PROJECT_DIR: project.dir,
      // Continuous integration forces colours otherwise.
      NO_COLOR: '1',
      SLUICE_PYTHON: resolve(readConfig().SLUICE_PYTHON ?? '.venv/bin/python'),
    },
  });
}

async function finished(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

const count = async (sql: string): Promise<number> => {
  const { out } = await finished(sluice('sql', `select count() as n from ${sql}`, '--json'));
  return JSON.parse(out)[0].n;
};

test('`sluice build` counts what could not be read, and exits 1 on a failing model, with the error, the compiled file and the line, and the last good table stands', async () => {
  await project.write('good', 'select number from system.numbers limit 3\n');
  await project.write('bad', 'select number from system.numbers limit 3\n');
  await project.write(
    'unreadable_values',
    `select 'pos' as source, 'transactions' as table_name, 'sales_value' as column_name, toUInt64(4000) as value_count, toUInt64(3000) as unreadable_count
     union all select 'pos', 'transactions', 'quantity', 4000, 0\n`,
  );
  const first = await finished(sluice('build'));
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining('3 of 3 models built') });
  expect(first.err).toMatch(/✓ good\s+3 rows/);

  await project.write('bad', 'select number\nfrom system.numbers\nwhere where number < 3\n');
  const second = await finished(sluice('build'));
  expect(second.code).toBe(1);
  expect(second.out).toContain('Syntax error');
  expect(second.out).toMatch(/models\/bad\.sql:\d+/);
  expect(second.out).toMatch(
    /unreadable values are unknown \(NULL\), not 0.*docs\/source-formats\.md\n {2}pos transactions\.sales_value: 3,000 of 4,000 values\n/,
  );
  expect(await count('sluice.bad')).toBe(3);

  const asJson = await finished(sluice('build', '--select', 'good', 'unreadable_values', '--json'));
  expect(asJson.code).toBe(0);
  expect(JSON.parse(asJson.out)).toMatchObject({
    status: 'success',
    models: expect.arrayContaining([expect.objectContaining({ name: 'good', rows: 3, status: 'success' })]),
    unreadable_values: [
      { source: 'pos', table_name: 'transactions', column_name: 'sales_value', unreadable_count: 3000, value_count: 4000 },
    ],
  });
});

test('`sluice build` killed with -9 in the middle takes its dbt along, and is followed by one that converges', async () => {
  await project.write('bad', 'select sleepEachRow(0.5) as slept, number from system.numbers limit 400\nsettings max_block_size = 1\n');
  const killed = sluice('build');
  const gone = finished(killed);
  while ((await count(HALF_BUILT)) === 0);
  const workers = await childrenOf(killed.pid ?? 0, 'worker.py');
  killed.kill('SIGKILL');
  await gone;
  expect(workers).toHaveLength(1);
  await vi.waitFor(() => expect(workers.filter(isAlive)).toEqual([]), { timeout: 10_000 });

  await project.write('bad', 'select number from system.numbers limit 5\n');
  // Whoever was killed gives no lease back: it runs out.
  let next = await finished(sluice('build'));
  while (next.err.includes('dbt.busy')) {
    await new Promise((done) => setTimeout(done, 2_000));
    next = await finished(sluice('build'));
  }
  expect(next).toMatchObject({ code: 0 });
  expect(await count('sluice.bad')).toBe(5);
  expect(await count(HALF_BUILT)).toBe(0);
});

test('`sluice dbt` killed with -9 takes its dbt along', async () => {
  await project.write('bad', 'select sleepEachRow(0.5) as slept, number from system.numbers limit 400\nsettings max_block_size = 1\n');
  const killed = sluice('dbt', 'run');
  const gone = finished(killed);
  const dbt = await vi.waitFor(
    async () => {
      const [child] = await childrenOf(killed.pid ?? 0, 'dbt');
      expect(child).toBeDefined();
      return child as number;
    },
    { timeout: 60_000 },
  );
  killed.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(dbt)).toBe(false), { timeout: 20_000 });
  await gone;
});
