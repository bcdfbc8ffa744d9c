import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { testDbt } from '../../test/dbt.ts';
import { ownPython } from '../../test/dbt-template/python.ts';
import { plainProject, type PlainProject } from '../../test/plain-project.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { dbtVariables } from './environment.ts';

let warehouse: Warehouse;
let project: PlainProject;
beforeAll(async () => {
  warehouse = await testWarehouse();
  project = await plainProject(warehouse);
});
afterAll(async () => {
  await project.remove();
  await warehouse.close();
});

test('try', async () => {
  await project.addSluice();
  const dbt = await testDbt(warehouse, { projectDir: project.dir });
  const r = await dbt.build({ select: ['unreadable_values', 'corner_shop'] });
  console.log(r.status, r.seconds, JSON.stringify(r.models.filter((m) => m.status !== 'success'), null, 1), r.tests.filter((t) => !['pass'].includes(t.status)), r.models.map((m) => `${m.database}.${m.table} ${m.seconds.toFixed(2)}`).join('\n'));
  await dbt.close();
});
