import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { copyOfProject, killWorkerOf, testDbt } from '../../test/dbt.ts';
import { testStore } from '../../test/store.ts';
import { askSql, runSql, testWarehouse } from '../../test/warehouse.ts';
import type { CdpError } from '../errors.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { BuildEvent } from './runs.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await testWarehouse();
});
afterAll(() => warehouse.close());

const run = (sql: string) => runSql(warehouse.owner, sql);
const ask = <R extends z.ZodObject>(sql: string, row: R) => askSql(warehouse.owner, sql, row);
const number = async (sql: string) => (await ask(`select (${sql}) as n`, z.object({ n: z.coerce.number() })))[0]?.n;

/** A project of two models, so that a build takes a second: these tests are about the build, not the models. */
async function smallProject(models: Readonly<Record<string, string>>) {
  const project = await copyOfProject({ withModels: false });
  for (const [name, sql] of Object.entries(models)) await project.write(name, sql);
  return project;
}

const GOOD = 'select number as id from system.numbers limit 3\n';
/** Runs long enough for a test to interfere; one row at a time, so that it can be killed. */
const SLOW = 'select sleepEachRow(0.5) as slept, number from system.numbers limit 200\nsettings max_block_size = 1\n';

describe('a build', () => {
  test('says each model with its rows as it is done, and records run and models with their queries', async () => {
    const project = await smallProject({ first: GOOD, second: "select id from {{ ref('first') }} where id > 0\n" });
    const dbt = await testDbt(warehouse, { projectDir: project.dir, isCold: true });
    const events: BuildEvent[] = [];
    const result = await dbt.build({ onEvent: (event) => events.push(event) });
    await dbt.close();
    await project.remove();

    expect(result.status).toBe('success');
    expect(events.filter((event) => event.type === 'model_finished').map((event) => [event.name, event.rows])).toEqual([
      ['first', 3],
      ['second', 2],
    ]);
    const [recorded] = await ask(
      `select status, toString(invocation_id) as invocation, models_built from sluice_audit.dbt_runs where run_id = '${result.runId}'`,
      z.object({ status: z.string(), invocation: z.string(), models_built: z.number() }),
    );
    expect(recorded).toEqual({ status: 'success', invocation: result.invocationId, models_built: 2 });
    const models = await ask(
      `select table_name, row_count, query_id from sluice_audit.dbt_run_models where run_id = '${result.runId}' order by table_name`,
      z.object({ table_name: z.string(), row_count: z.coerce.number(), query_id: z.string() }),
    );
    expect(models.map(({ table_name, row_count }) => [table_name, row_count])).toEqual([
      ['first', 3],
      ['second', 2],
    ]);
    expect(models.every((model) => model.query_id !== '')).toBe(true);
  });

  describe('with a model that has an SQL error', () => {
    const broken: Readonly<Record<string, { sql: string; message: RegExp; line: number }>> = {
      'a syntax error': {
        sql: 'select\n    number as id\nfrom system.numbers\nwhere where number < 3\n',
        message: /Syntax error/,
        line: 4,
      },
      'an unknown column': {
        sql: 'select\n    number as id,\n    no_such_column\nfrom system.numbers\n',
        message: /no_such_column/,
        line: 3,
      },
    };

    for (const [kind, { sql, message, line }] of Object.entries(broken)) {
      test(`${kind}: names the error, the compiled file and the line, and leaves the last good table standing`, async () => {
        const project = await smallProject({ good: GOOD, bad: GOOD, after: "select * from {{ ref('bad') }}\n" });
        const dbt = await testDbt(warehouse, { projectDir: project.dir });
        await dbt.build();
        await project.write('bad', sql);
        const result = await dbt.build();

        expect(result.status).toBe('failed');
        const bad = result.models.find((model) => model.name === 'bad');
        expect(bad?.error?.message).toMatch(message);
        expect(bad?.error?.compiledLine).toBe(line);
        expect(await readFile(bad?.error?.compiledPath ?? '', 'utf8')).toBe(sql.trimEnd());
        expect(result.models.map((model) => [model.name, model.status]).sort()).toEqual([
          ['after', 'skipped'],
          ['bad', 'error'],
          ['good', 'success'],
        ]);
        expect(await number('select count() from sluice.bad')).toBe(3);
        expect(await number(`select models_failed from sluice_audit.dbt_runs where run_id = '${result.runId}'`)).toBe(1);
        await dbt.close();
        await project.remove();
      });
    }
  });

  test('reads the project again when a file of it has changed', async () => {
    const project = await smallProject({ changing: GOOD });
    const dbt = await testDbt(warehouse, { projectDir: project.dir });
    await dbt.build();
    expect((await dbt.manifest()).models.map((model) => model.name)).toEqual(['changing']);

    await project.write('changing', 'select number as id from system.numbers limit 7\n');
    await project.write('new_one', GOOD);
    await dbt.build();
    expect(await number('select count() from sluice.changing')).toBe(7);
    expect((await dbt.manifest()).models.map((model) => model.name).sort()).toEqual(['changing', 'new_one']);
    await dbt.close();
    await project.remove();
  });

  test('of a project that dbt cannot read names the file, and builds nothing', async () => {
    const project = await smallProject({ lost: "select * from {{ ref('nowhere') }}\n" });
    const dbt = await testDbt(warehouse, { projectDir: project.dir });
    await expect(dbt.build()).rejects.toMatchObject({
      code: 'dbt.invalid_project',
      exitCode: 2,
      message: expect.stringContaining('nowhere'),
    });
    await dbt.close();
    await project.remove();
  });

  test('finds a model that says who is who by its yml, and builds it before the graph', async () => {
    const project = await copyOfProject({ withModels: true });
    await project.write('staging/stg_shop__orders', "{{ config(materialized='table') }}\nselect 'ada@example.com' as email\n");
    await writeFile(
      join(project.dir, 'models/staging/stg_shop__orders.yml'),
      'models:\n  - name: stg_shop__orders\n    meta: { sluice: { identity: { source: shop } } }\n    columns:\n      - name: email\n        meta: { sluice: { identifier: email, entity: person } }\n',
    );
    const dbt = await testDbt(warehouse, { projectDir: project.dir });
    const result = await dbt.build({ select: ['+identity_observations'] });
    const names = result.models.map(({ name, status }) => `${name} ${status}`);
    expect(names.indexOf('stg_shop__orders success')).toBeGreaterThanOrEqual(0);
    expect(names.indexOf('identity_observations success')).toBeGreaterThan(names.indexOf('stg_shop__orders success'));
    await dbt.close();
    await project.remove();
  });

  test('keeps the values of rows out of the record of its failure', async () => {
    const project = await smallProject({ bad: "select toUInt32(materialize('ada@example.com')) as id\n" });
    const dbt = await testDbt(warehouse, { projectDir: project.dir });
    const result = await dbt.build();
    const [recorded] = await ask(
      `select error from sluice_audit.dbt_run_models where run_id = '${result.runId}'`,
      z.object({ error: z.string() }),
    );
    expect(result.models[0]?.error?.message).toContain('ada@example.com');
    expect(recorded?.error).toContain('does not have the form');
    expect(recorded?.error).not.toContain('ada');
    await dbt.close();
    await project.remove();
  });

  test('without Python says how to get it', async () => {
    const dbt = await testDbt(warehouse, { python: '/nonexistent/python' });
    await expect(dbt.build()).rejects.toMatchObject({ code: 'dbt.no_python', exitCode: 3, hint: expect.stringContaining('npm run setup') });
    await dbt.close();
  });

  test('with a Python that has no dbt says how to get it', async () => {
    const dbt = await testDbt(warehouse, { python: '/usr/bin/python3' });
    await expect(dbt.build()).rejects.toMatchObject({ code: 'dbt.no_dbt', exitCode: 3, hint: expect.stringContaining('npm run setup') });
    await dbt.close();
  });
});

describe('a build that is stopped', () => {
  const running = () =>
    number(
      `select count() from system.processes where startsWith(Settings['log_comment'], 'sluice-build service ${warehouse.prefix} ') and query_kind = 'Insert'`,
    );
  const leftovers = () =>
    number(`select count() from system.tables where startsWith(database, '${warehouse.prefix}') and name like '%\\_\\_dbt\\_%'`);

  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  beforeEach(() => run('drop table if exists sluice.slow'));

  test('on request takes its query and its half-built table with it, and is recorded as cancelled', async () => {
    const project = await smallProject({ slow: GOOD });
    const dbt = await testDbt(warehouse, { projectDir: project.dir, isCold: true });
    await dbt.build();
    await project.write('slow', SLOW);
    const stop = new AbortController();
    const build = dbt.build({ signal: stop.signal });
    const failed = build.catch((error: CdpError) => error);
    await until(async () => (await running()) === 1);

    stop.abort();
    expect(await failed).toMatchObject({ code: 'dbt.cancelled', exitCode: 130 });
    expect(await running()).toBe(0);
    expect(await leftovers()).toBe(0);
    expect(await number('select count() from sluice.slow')).toBe(3);
    expect(await number("select count() from sluice_audit.dbt_runs where status = 'cancelled'")).toBe(1);

    await project.write('slow', GOOD);
    expect((await dbt.build()).status).toBe('success');
    await dbt.close();
    await project.remove();
  });

  test('by its time limit says so', async () => {
    const project = await smallProject({ slow: SLOW });
    const dbt = await testDbt(warehouse, { projectDir: project.dir, timeoutSeconds: 8 });
    await expect(dbt.build()).rejects.toMatchObject({ code: 'dbt.timed_out', exitCode: 1 });
    expect(await running()).toBe(0);
    await dbt.close();
    await project.remove();
  });

  test('by a kill -9 of its worker is followed by one that converges', async () => {
    const project = await smallProject({ slow: GOOD, after: "select * from {{ ref('slow') }}\n" });
    const dbt = await testDbt(warehouse, { projectDir: project.dir, isCold: true });
    await dbt.build();
    await project.write('slow', SLOW);
    const failed = dbt.build().catch((error: CdpError) => error);
    await until(async () => (await running()) === 1);

    await killWorkerOf(dbt.dataDir);
    expect(await failed).toMatchObject({ code: 'dbt.crashed', message: expect.stringContaining('SIGKILL') });
    expect(await running()).toBe(0);
    expect(await leftovers()).toBe(0);

    await project.write('slow', 'select number as id from system.numbers limit 5\n');
    expect((await dbt.build()).status).toBe('success');
    expect(await number('select count() from sluice.after')).toBe(5);
    expect(await leftovers()).toBe(0);
    await dbt.close();
    await project.remove();
  });
});

test('of two builds at once one runs, and the other says that it is not alone', async () => {
  const store = await testStore();
  const project = await smallProject({ slow: SLOW });
  const [one, other] = [
    await testDbt(warehouse, { projectDir: project.dir, leases: store.leases }),
    await testDbt(warehouse, { projectDir: project.dir, leases: store.leases }),
  ];
  const stop = new AbortController();
  const first = one.build({ signal: stop.signal }).catch((error: CdpError) => error);
  while (!(await store.leases.holder('dbt'))) await new Promise((resolve) => setTimeout(resolve, 50));

  await expect(other.build()).rejects.toMatchObject({ code: 'dbt.busy', fault: 'conflict' });
  stop.abort();
  expect(await first).toMatchObject({ code: 'dbt.cancelled' });
  // the lease is free again
  await project.write('slow', GOOD);
  expect((await other.build()).status).toBe('success');
  await Promise.all([one.close(), other.close()]);
  await project.remove();
  await store.close();
});
