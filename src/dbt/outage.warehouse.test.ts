import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { copyOfProject, testDbt } from '../../test/dbt.ts';
import { readConfig } from '../config.ts';
import { defineQuery } from '../warehouse/query.ts';
import { openWarehouse } from '../warehouse/warehouse.ts';

/** A server of its own: the shared one must not be stopped under other tests. */
test('ClickHouse stopped during a build: the model fails with the reason, its last good table stands, and the next build converges', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-outage-'));
  const warehouse = await openWarehouse(readConfig({ SLUICE_DATA_DIR: dataDir }), { embedded: { lingerMs: 0 } });
  const project = await copyOfProject({ withModels: false });
  const dbt = await testDbt(warehouse, { projectDir: project.dir });
  const model = (sql: string) => project.write('slow', sql);
  const number = async (sql: string) => {
    const query = defineQuery({
      name: 'test.outage',
      sql: `select (${sql}) as n`,
      params: z.object({}),
      row: z.object({ n: z.coerce.number() }),
    });
    return (await warehouse.owner.ask(query, {}))[0]?.n;
  };
  try {
    await model('select number from system.numbers limit 3\n');
    await dbt.build();

    await model('select sleepEachRow(0.5) as slept, number from system.numbers limit 200\nsettings max_block_size = 1\n');
    const build = dbt.build();
    while ((await number("select count() from system.processes where query like '/* sluice-build%' and query_kind = 'Insert'")) !== 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { pid } = z.object({ pid: z.int() }).parse(JSON.parse(await readFile(join(dataDir, 'run', 'clickhouse-server.json'), 'utf8')));
    process.kill(pid, 'SIGKILL');

    const result = await build;
    expect(result.status).toBe('failed');
    expect(result.models.map(({ name, status, error }) => ({ name, status, hasReason: (error?.message ?? '') !== '' }))).toEqual([
      { name: 'slow', status: 'error', hasReason: true },
    ]);
    expect(await number('select count() from sluice.slow')).toBe(3);
    expect(await number("select count() from sluice_audit.dbt_runs where status = 'failed'")).toBe(1);

    await model('select number from system.numbers limit 4\n');
    expect((await dbt.build()).status).toBe('success');
    expect(await number('select count() from sluice.slow')).toBe(4);
    expect(await number("select count() from system.tables where name like '%\\_\\_dbt\\_%'")).toBe(0);
  } finally {
    await dbt.close();
    await warehouse.close();
    await project.remove();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
});
