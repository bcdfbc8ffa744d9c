import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { DATA_DIR, runSql, testWarehouse } from '../../test/warehouse.ts';
import { readConfig } from '../config.ts';
import { DOCUMENT_KINDS } from '../document-kinds.ts';
import { PRODUCT } from '../product.ts';
import { migrationState } from '../warehouse/migrations.ts';
import { defineQuery } from '../warehouse/query.ts';
import { openWarehouse, type Warehouse } from '../warehouse/warehouse.ts';
import { contractOf } from './contract.ts';
import { checkUpgrade } from './upgrade.ts';

let warehouse: Warehouse;
let projectDir: string;
beforeAll(async () => {
  warehouse = await testWarehouse();
  projectDir = await mkdtemp(join(tmpdir(), 'sluice-upgrade-'));
});
afterAll(async () => {
  await warehouse?.close();
  await rm(projectDir, { recursive: true, force: true });
});

const run = (sql: string) => runSql(warehouse.owner, sql);
const check = async () =>
  (await checkUpgrade({ warehouse, projectDir, productDir: PRODUCT.root, kinds: DOCUMENT_KINDS })).map(({ sentence }) => sentence);
const write = async (file: string, text: string) => {
  await mkdir(join(projectDir, file, '..'), { recursive: true });
  await writeFile(join(projectDir, file), text);
};

test('an upgrade is checked against the tables, the migrations and the project, and nothing is said when all is well', async () => {
  await write('dbt_project.yml', 'name: shop\nvars:\n  sluice: { as_of: 2024-01-01 }\n');
  await write('models/orders.yml', 'models: [{ name: orders, meta: { sluice: { orders: {}, title: Order } }, columns: [{ name: id }] }]\n');
  await write('activations/segments/a.yml', 'id: a\nversion: 1\nentity: person\n');
  expect((await check()).filter((sentence) => !sentence.startsWith('The table '))).toEqual([]);
  expect(await check()).toContain('The table profiles is not built yet: run `sluice build`.');

  const { tables } = await contractOf(PRODUCT.root, DOCUMENT_KINDS);
  for (const [table, columns] of Object.entries(tables)) {
    const written = Object.entries(columns).map(([name, type]) => `\`${name}\` ${type}`);
    await run(`create table sluice.${table} (${written.join(', ')}) engine = MergeTree order by tuple()`);
  }
  expect(await check()).toEqual([]);

  await run('alter table sluice.orders drop column channel');
  await run('alter table sluice.profiles modify column event_count UInt32');
  await warehouse.owner.insert('sluice_state.migrations', [{ name: '9999_of_tomorrow.sql', checksum: '' }], {
    columns: ['name', 'checksum'],
  });
  await write('dbt_project.yml', 'name: shop\nmodel-paths: [sql]\nvars:\n  sluice: { as_of: 2024-01-01, colour: red }\n');
  await write('sql/orders.yml', 'models: [{ name: orders, columns: [{ name: id, config: { meta: { sluice: { colour: red } } } }] }]\n');
  await write('seeds/sizes.yml', 'seeds: [{ name: sizes, meta: { sluice: { size: 1 } } }]\n');
  await write('activations/segments/a.yml', 'id: a\nversion: 2\n');
  expect(await check()).toEqual([
    '9999_of_tomorrow.sql was applied by another version, which this one does not know: use that one or a newer.',
    'The column orders.channel is not built yet: run `sluice build`.',
    'The column profiles.event_count is UInt32 and becomes UInt64 with the next `sluice build`.',
    expect.stringMatching(/^vars\.sluice\.colour in dbt_project\.yml is no setting of this version/),
    'seeds/sizes.yml: meta.sluice of sizes says size, which this version does not know.',
    'sql/orders.yml: meta.sluice of orders.id says colour, which this version does not know.',
    'activations/segments/a.yml: there is no version 2 of a segment: this Sluice reads version 1.',
  ]);
});

test('where the models of the package are switched off, none of its tables is missed', async () => {
  await run('drop table sluice.orders sync');
  await write('dbt_project.yml', 'name: shop\nmodels:\n  sluice:\n    +enabled: false\n');
  expect((await check()).filter((sentence) => sentence.includes('orders is not built'))).toEqual([]);
});

test('a warehouse that is only looked at stays as it is: no migration is applied, no database made', async () => {
  const config = readConfig({ SLUICE_DATA_DIR: DATA_DIR, SLUICE_DATABASE_PREFIX: `${warehouse.prefix}_look` });
  const looked = await openWarehouse(config, { embedded: { prefixPattern: 'sluice_t*', lingerMs: 5_000 }, isOnlyLookedAt: true });
  try {
    const { pending } = await migrationState(looked.owner, looked.databases);
    expect(pending).toEqual((await contractOf(PRODUCT.root, DOCUMENT_KINDS)).migrations);
    const made = defineQuery({
      name: 'test.databases',
      sql: 'select name from system.databases where startsWith(name, {prefix:String})',
      params: z.object({ prefix: z.string() }),
      row: z.object({ name: z.string() }),
    });
    expect(await looked.owner.ask(made, { prefix: looked.prefix })).toEqual([]);
  } finally {
    await looked.close();
  }
});
