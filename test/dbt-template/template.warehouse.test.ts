import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { type TestDbtOptions, testDbt } from '../dbt.ts';
import { testWarehouse } from '../warehouse.ts';
import { ownPython, sharedPython } from './python.ts';

test('a forked worker reads the project as one that starts by itself does, and ends when it is closed', async () => {
  expect(sharedPython()).not.toBe(ownPython());
  const warehouse = await testWarehouse();
  /** Everything that dbt's manifest says, but when and by which run it was written. */
  const manifestBy = async (options: TestDbtOptions) => {
    const dbt = await testDbt(warehouse, options);
    try {
      await dbt.manifest();
      const folder = join(dbt.dataDir, 'dbt');
      const [name] = (await readdir(folder)).filter((file) => file.startsWith('manifest-'));
      const text = await readFile(join(folder, name ?? ''), 'utf8');
      return z
        .record(z.string(), z.unknown())
        .parse(JSON.parse(text, (key, value) => (['created_at', 'metadata'].includes(key) ? undefined : value)));
    } finally {
      // The pipes of a worker are closed only when the last process that holds them is gone.
      await dbt.close();
    }
  };
  // The worker of another warehouse reads the project first: what it has read is kept for ours, under our prefix.
  const other = await testWarehouse();
  const dbt = await testDbt(other);
  await dbt.manifest();
  await dbt.close();
  await other.close();
  const forked = await manifestBy({});
  expect(Object.keys(z.record(z.string(), z.unknown()).parse(forked.nodes)).length).toBeGreaterThan(100);
  expect(JSON.stringify(forked)).toContain(warehouse.prefix);
  expect(forked).toEqual(await manifestBy({ isCold: true }));
  await warehouse.close();
});

test('what a run shares goes with it, also when it is killed', async () => {
  const setup = JSON.stringify(new URL('./setup.ts', import.meta.url).href);
  const program = `delete process.env.SLUICE_TEST_PYTHON; await (await import(${setup})).default(); console.log(process.env.SLUICE_TEST_PYTHON); setInterval(() => {}, 1000);`;
  const run = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [stand] = await once(createInterface({ input: run.stdout }), 'line');
  const folder = dirname(stand);
  const isThere = async () => (await commands()).some((command) => command.includes('template.py') && command.includes(folder));
  await expect.poll(isThere, { timeout: 60_000 }).toBe(true);
  run.kill('SIGKILL');
  await expect.poll(isThere, { timeout: 60_000 }).toBe(false);
});

async function commands(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
}
