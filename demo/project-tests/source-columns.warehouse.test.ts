/** What a model makes of a raw table that is not what it was, and a build of a selection that is empty. */

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dbt } from '../../src/dbt/dbt.ts';
import { loadFiles } from '../../src/loads/load-files.ts';
import type { LoadDeps, LoadRequest } from '../../src/loads/load-request.ts';
import { dropRawTable } from '../../src/loads/raw-tables.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { copyOfProject, type ProjectCopy, testDbt } from '../../test/dbt.ts';
import { type TestStore, testStore } from '../../test/store.ts';
import { rowsOf, runSql, testWarehouse } from '../../test/warehouse.ts';

let warehouse: Warehouse;
let store: TestStore;
let project: ProjectCopy;
let dbt: Dbt;
let folder: string;
let deps: LoadDeps;

/** Two models of staging as they are, and a table that is built of one. */
const MODELS = ['staging/sources.yml', 'staging/crm/stg_crm__customers.sql', 'staging/pos/stg_pos__products.sql'];

/** Columns that are no names in SQL. */
const ODD_NAMES = `select * from ({{ sluice.source_or_empty('pos', 'products', {
  'Order No': 'String', 'Größe (cm)': 'String', 'select': 'String', "o'clock": 'String', 'a-b': "DateTime64(3, 'UTC')"
}, optional=['Order No', 'Größe (cm)', 'select', "o'clock", 'a-b']) }})`;

beforeAll(async () => {
  [warehouse, store, folder, project] = await Promise.all([
    testWarehouse(),
    testStore(),
    mkdtemp(join(tmpdir(), 'sluice-columns-')),
    copyOfProject({ withModels: false }),
  ]);
  deps = { warehouse, leases: store.leases, dataDir: folder };
  const models = fileURLToPath(new URL('../project/models', import.meta.url));
  for (const path of MODELS) await cp(join(models, path), join(project.dir, 'models', path));
  await project.write('people', "select loyalty_id, email from {{ ref('stg_crm__customers') }}\n");
  await project.write('goods', "select product_id, brand from {{ ref('stg_pos__products') }}\n");
  await project.write('odd_names', ODD_NAMES);
  dbt = await testDbt(warehouse, { projectDir: project.dir });
});
afterAll(async () => {
  await dbt.close();
  await Promise.all([warehouse.close(), store.close(), project.remove(), rm(folder, { recursive: true })]);
});

const run = (sql: string) => runSql(warehouse.owner, sql);
const rows = (sql: string) => rowsOf(warehouse.owner, sql);
const people = () => rows('select loyalty_id, email from sluice.people order by loyalty_id');

let files = 0;
async function load(content: string, table: string, more: Partial<LoadRequest> = {}) {
  files += 1;
  const path = join(folder, `${files}.csv`);
  await writeFile(path, content);
  return loadFiles(deps, { from: path, source: table === 'products' ? 'pos' : 'crm', table, mode: 'replace', ...more });
}

const NAMES = 'household_id,email,phone,first_name,last_name,city,country_code,consent_email,updated_at';
const customers = (names = NAMES) => `${names}\nh1,ada@example.com,,Ada,,,,true,2026-01-02 03:04:05\n`;

/** Status of each model, and what was said of the one that failed. */
async function build() {
  const { models, status } = await dbt.build();
  return {
    status,
    models: Object.fromEntries(models.map((model) => [model.name, model.status])),
    error: models.find((model) => model.error)?.error?.message,
  };
}

const FAILED = {
  status: 'failed',
  models: { stg_crm__customers: 'error', people: 'skipped', stg_pos__products: 'success', goods: 'success' },
};
const BUILT = { stg_crm__customers: 'success', people: 'success', stg_pos__products: 'success', goods: 'success' };

describe('a raw table', () => {
  test('that was never loaded is empty, and one that is there gives its rows', async () => {
    expect(await build()).toMatchObject({ status: 'success', models: BUILT });
    expect(await people()).toEqual([]);
    await load(customers(), 'customers');
    await load('product_id,product_category,Order No,Größe (cm),select,o\'clock\np1,Tea,a1,"1,80",b,c\n', 'products');
    expect(await build()).toMatchObject({ status: 'success', models: BUILT });
    expect(await rows('select * from sluice.odd_names')).toEqual([
      { 'Order No': 'a1', 'Größe (cm)': '1,80', select: 'b', "o'clock": 'c', 'a-b': null },
    ]);
    expect(await people()).toEqual([{ loyalty_id: 'h1', email: 'ada@example.com' }]);
  });

  test.each([
    ['e_mail', NAMES.replace(',email', ',e_mail')],
    ['Email', NAMES.replace(',email', ',Email')],
    ['mail', NAMES.replace(',email', ',mail')],
  ])(
    'whose column is now named %s fails its model with both names; the others are built, and the last good table stays',
    async (now, names) => {
      await load(customers(), 'customers');
      const { warnings } = await load(customers(names), 'customers');
      expect(warnings).toContainEqual(
        expect.stringMatching(new RegExp(`no longer has the column email \\(is the new column ${now} another name`)),
      );
      const built = await build();
      expect(built).toMatchObject(FAILED);
      expect(built.error).toMatch(new RegExp(`crm__customers has no column email; the nearest one there is ${now}\\.`));
      expect(built.error).toContain('optional=');
      expect(await people()).toEqual([{ loyalty_id: 'h1', email: 'ada@example.com' }]);
    },
  );

  test('may lack a column that its model calls optional, unless it is there in other case', async () => {
    await load(customers(), 'customers');
    await load('product_id,product_category,Brand\np1,Tea,Assam\n', 'products');
    expect(await build()).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('no column brand; the nearest one there is Brand'),
    });
    await load('product_id,product_category\np1,Tea\n', 'products');
    expect(await build()).toMatchObject({ status: 'success' });
  });

  test('may be a view with the same columns, and columns of other types', async () => {
    await run('rename table sluice_raw.crm__customers to sluice_raw.old_customers');
    await run('create view sluice_raw.crm__customers as select * replace (7 as household_id) from sluice_raw.old_customers');
    expect(await build()).toMatchObject({ status: 'success' });
    expect(await people()).toEqual([{ loyalty_id: '7', email: 'ada@example.com' }]);
    await expect(load(customers(), 'customers')).rejects.toMatchObject({ code: 'loads.not_a_load' });
    await run('drop view sluice_raw.crm__customers');
    await run('rename table sluice_raw.old_customers to sluice_raw.crm__customers');
  });

  test('that is gone after it was loaded fails its model, until it is dropped by command', async () => {
    await run('drop table sluice_raw.crm__customers');
    const built = await build();
    expect(built).toMatchObject(FAILED);
    expect(built.error).toMatch(/crm__customers was loaded once and does not exist any more.*sluice tables drop crm customers --confirm/s);
    expect(await people()).toHaveLength(1);
    await dropRawTable(deps, 'crm', 'customers');
    expect(await build()).toMatchObject({ status: 'success', models: BUILT });
    expect(await people()).toEqual([]);
  });
});

test('a selector that means nothing is an error, and beside others a warning', async () => {
  await expect(dbt.build({ select: ['no_such_model'] })).rejects.toMatchObject({ code: 'dbt.nothing_selected', exitCode: 2 });
  const warnings: string[] = [];
  const { models } = await dbt.build({
    select: ['goods', 'no_such_model'],
    onEvent: (event) => event.type === 'warning' && warnings.push(event.message),
  });
  expect(models.map(({ name }) => name)).toEqual(['goods']);
  expect(warnings).toEqual([expect.stringContaining('no_such_model')]);
});
