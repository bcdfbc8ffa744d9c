import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { copyOfProject, type ProjectCopy, testDbt } from '../../test/dbt.ts';
import { askSql, testWarehouse } from '../../test/warehouse.ts';
import { defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { TrialBuild } from './aside.ts';
import type { Dbt } from './dbt.ts';

let warehouse: Warehouse;
let project: ProjectCopy;
let dbt: Dbt;

beforeAll(async () => {
  warehouse = await testWarehouse();
  project = await copyOfProject({ withModels: false });
  await project.write('answers', `select {{ var('answer', 1) }} as answer, '{{ this.schema }}' as built_in`);
  await project.write('slow', 'select sleepEachRow(0.5) as slept, number from system.numbers limit 200 settings max_block_size = 1');
  await project.write('broken', 'select no_such_column');
  dbt = await testDbt(warehouse, { projectDir: project.dir });
});
afterAll(async () => {
  await dbt.close();
  await warehouse.close();
  await project.remove();
});

const nothing = z.object({});
const ask = <R extends z.ZodObject>(sql: string, row: R) => askSql(warehouse.owner, sql, row);
const answer = async (database: string) =>
  (await ask(`select answer, built_in from ${database}.answers`, z.object({ answer: z.number(), built_in: z.string() })))[0];

async function asides(): Promise<string[]> {
  const sql = `select name from system.databases where startsWith(name, '${warehouse.prefix}_aside_')`;
  return (await ask(sql, z.object({ name: z.string() }))).map(({ name }) => name);
}

describe('work aside', () => {
  test('builds with other vars into databases of its own, which are gone afterwards; what is real stays as it was', async () => {
    await dbt.build({ select: ['answers'] });
    const built = await dbt.aside({}, async ({ databases, build }) => {
      await build(['answers']);
      const first = await answer(databases.published);
      await build(['answers'], { answer: 42 });
      return { first, second: await answer(databases.published), database: databases.published };
    });
    expect(built.database).toBe(`${warehouse.prefix}_aside_trial`);
    expect(built.first).toEqual({ answer: 1, built_in: built.database });
    expect(built.second).toEqual({ answer: 42, built_in: built.database });
    expect(await answer(warehouse.prefix)).toEqual({ answer: 1, built_in: warehouse.prefix });
    expect(await asides()).toEqual([]);

    // The worker still keeps the real project.
    await dbt.build({ select: ['answers'] });
    expect(await answer(warehouse.prefix)).toEqual({ answer: 1, built_in: warehouse.prefix });
    const runs = await ask('select count() as n from sluice_audit.dbt_runs', z.object({ n: z.coerce.number() }));
    expect(runs).toEqual([{ n: 2 }]);
  });

  test.each([
    [
      'a model fails',
      ({ build }: TrialBuild) => build(['broken']),
      { code: 'dbt.failed', message: expect.stringMatching(/^broken: .*no_such_column/) as string },
    ],
    ['the work does', () => Promise.reject(new Error('no')), { message: 'no' }],
  ])('leaves nothing when %s', async (_, work, error) => {
    await expect(dbt.aside({}, work)).rejects.toMatchObject(error);
    expect(await asides()).toEqual([]);
  });

  test('ends with its queries when it is told to stop, and leaves nothing', async () => {
    const stop = new AbortController();
    const onEvent = ({ type }: { type: string }) => {
      if (type === 'model_started') setTimeout(() => stop.abort(), 300);
    };
    const work = dbt.aside({ signal: stop.signal, onEvent }, ({ build }) => build(['slow']));
    await expect(work).rejects.toMatchObject({ code: 'dbt.cancelled' });
    expect(await asides()).toEqual([]);
    const running = await ask(
      `select query from system.processes where position(query, 'sleepEachRow') > 0`,
      z.object({ query: z.string() }),
    );
    expect(running.filter(({ query }) => query.includes(warehouse.prefix) && !query.includes('system.processes'))).toEqual([]);
  });

  test('that a killed process left is dropped by the next build', async () => {
    const left = `${warehouse.prefix}_aside_trial`;
    for (const name of [left, `${left}_identity`, `${left}_raw`]) {
      await warehouse.owner.run(defineStatement({ name: 'test.left', sql: `create database ${name}`, params: nothing }), {});
    }
    await dbt.build({ select: ['answers'] });
    expect(await asides()).toEqual([]);
  });
});
