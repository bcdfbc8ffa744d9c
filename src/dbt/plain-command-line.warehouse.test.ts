import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { testDbt } from '../../test/dbt.ts';
import { ownPython } from '../../test/dbt-template/python.ts';
import { type PlainProject, plainProject } from '../../test/plain-project.ts';
import { rowsOf, testWarehouse } from '../../test/warehouse.ts';
import { defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { readModels } from './reads.ts';
import { withReads } from './write-reads.ts';

let warehouse: Warehouse;
let project: PlainProject;
beforeAll(async () => {
  warehouse = await testWarehouse();
  project = await plainProject(warehouse);
  await project.addSluice();
  await project.write(
    'models/staging/staging.yml',
    `
models:
  - name: stg_shop__customers
    config: { meta: { sluice: { identity: { source: shop, observed_at: seen_at } } } }
    columns:
      - name: email
        config: { meta: { sluice: { identifier: email, entity: person } } }
`,
  );
});
afterAll(async () => {
  await project.remove();
  await warehouse.close();
});

/** dbt as a data engineer or an orchestrator runs it, without any of our processes. */
async function plainDbt(args: readonly string[]): Promise<{ readonly isSuccess: boolean; readonly output: string }> {
  const program = [
    '-c',
    'from dbt.cli.main import cli; cli(prog_name="dbt")',
    ...args,
    '--no-use-colors',
    '--no-send-anonymous-usage-stats',
  ];
  const env = { ...process.env, SLUICE_DATABASE_PREFIX: warehouse.prefix };
  try {
    const { stdout } = await promisify(execFile)(ownPython(), program, { cwd: project.dir, env, maxBuffer: 1 << 26 });
    return { isSuccess: true, output: stdout };
  } catch (error) {
    const { stdout } = z.object({ stdout: z.string() }).parse(error);
    return { isSuccess: false, output: stdout };
  }
}

const ask = (sql: string) => rowsOf(warehouse.owner, sql);

// dbt reads the project again in each process, which takes minutes on a busy machine.
test('plain dbt says which models are missing in vars.sluice.reads; with what `sluice models --write` writes it is green; both are recorded', async () => {
  const dbt = await testDbt(warehouse, { projectDir: project.dir });
  const models = readModels(await dbt.manifest());
  await dbt.close();
  expect(models).toEqual([
    {
      name: 'stg_shop__customers',
      package: 'corner_shop',
      file: 'models/staging/stg_shop__customers.sql',
      because: ['identifier'],
      read_by: ['identity_observations'],
    },
  ]);
  await project.write('models/marts/broken.sql', "select toUInt32(materialize('ada@example.com')) as id\n");
  const without = await plainDbt(['build', '--select', 'identity_observations', 'broken']);
  expect(without.isSuccess).toBe(false);
  expect(without.output.replace(/\s+/g, ' ')).toContain(
    '(`sluice models --write` does that): vars: { sluice: { reads: [stg_shop__customers] } }',
  );
  // A failed run is recorded by the number of its error, without the message, which quotes rows.
  expect(await ask("select status, error from sluice_audit.dbt_run_models where table_name = 'broken'"), without.output).toEqual([
    { status: 'error', error: 'Code: 6' },
  ]);
  expect(await ask("select models_failed from sluice_audit.dbt_runs where status = 'failed'")).toEqual([{ models_failed: 2 }]);

  const file = join(project.dir, 'dbt_project.yml');
  const names = models.map(({ name }) => name);
  await project.write('dbt_project.yml', withReads(await readFile(file, 'utf8'), names));
  const select = ['--select', '+identity_observations', '+fct_orders', '--exclude', 'resource_type:test'];
  const build = await plainDbt(['build', ...select, '--vars', '{currency: CHF}']);
  expect(build.isSuccess, build.output).toBe(true);
  expect(
    await ask('select distinct observed_in, source from sluice_identity.identity_observations where notEmpty(identifiers.node)'),
  ).toEqual([{ observed_in: 'stg_shop__customers', source: 'shop' }]);

  // A run that Sluice did not start is in the record too, once.
  expect(
    await ask(`select recorded_by, status, selected, excluded, vars, target, models_failed, tests_failed, toString(run_id) = invocation_id as is_named,
        finished_at >= started_at as is_timed from sluice_audit.dbt_runs where status = 'success'`),
  ).toEqual([
    {
      recorded_by: 'dbt',
      status: 'success',
      selected: ['+identity_observations', '+fct_orders'],
      excluded: ['resource_type:test'],
      vars: ['currency'],
      target: 'dev',
      models_failed: 0,
      tests_failed: 0,
      is_named: 1,
      is_timed: 1,
    },
  ]);
  expect(
    await ask(`select database_name, materialized, status, error from sluice_audit.dbt_run_models
      where table_name = 'fct_orders' and run_id in (select run_id from sluice_audit.dbt_runs where status = 'success')`),
  ).toEqual([{ database_name: `${project.schema}_marts`, materialized: 'table', status: 'success', error: '' }]);
}, 600_000);

test('a run of seeds alone is recorded as one of a part: only what reads them follows', async () => {
  const { isSuccess, output } = await plainDbt(['seed']);
  expect(isSuccess, output).toBe(true);
  expect(await ask('select selected from sluice_audit.dbt_runs order by started_at desc limit 1')).toEqual([
    { selected: ['resource_type:seed'] },
  ]);
}, 600_000);

test('a warehouse without the record is left as it is, and the run of plain dbt succeeds', async () => {
  for (const table of ['dbt_runs', 'dbt_run_models']) {
    const drop = defineStatement({ name: 'test.drop', sql: `drop table sluice_audit.${table} sync`, params: z.object({}) });
    await warehouse.owner.run(drop, {});
  }
  const { isSuccess, output } = await plainDbt(['seed', '--select', 'countries']);
  expect(isSuccess, output).toBe(true);
});
