/** A development environment that reads production's raw data: SLUICE_RAW_DATABASE. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Dbt } from '../../src/dbt/dbt.ts';
import { loadFiles } from '../../src/loads/load-files.ts';
import { examine } from '../../src/status/doctor.ts';
import { examineRawData } from '../../src/status/raw-data.ts';
import { freeLeases } from '../../src/store/free-leases.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { testDbt } from '../../test/dbt.ts';
import { rowsOf, testWarehouse } from '../../test/warehouse.ts';

let [production, development]: Warehouse[] = [];
let [dbt, folder]: [Dbt?, string?] = [];
const at = <T>(value: T | undefined): T => value as T;

beforeAll(async () => {
  production = await testWarehouse();
  development = await testWarehouse({ SLUICE_RAW_DATABASE: production.databases.raw });
  folder = await mkdtemp(join(tmpdir(), 'sluice-foreign-'));
  dbt = await testDbt(development);
  await load(production);
});
afterAll(async () => {
  await dbt?.close();
  await Promise.all([production?.close(), development?.close(), rm(at(folder), { recursive: true })]);
});

async function load(warehouse: Warehouse) {
  const from = join(at(folder), 'customers.csv');
  const columns = 'household_id,email,phone,first_name,last_name,city,country_code,consent_email,updated_at';
  await writeFile(from, `${columns}\n1,jo@example.com,+12025550123,Jo,Ko,Gent,BE,true,2017-01-01 00:00:00\n`);
  return loadFiles({ warehouse, leases: freeLeases(), dataDir: at(folder) }, { from, source: 'crm', table: 'customers', mode: 'append' });
}

const ask = (sql: string) => rowsOf(at(development).owner, sql);
const tablesOf = async ({ databases }: Warehouse) => {
  const names = Object.values(databases).map((name) => `'${name}'`);
  const found = await ask(`select database, name from system.tables where database in (${names.join(', ')}) order by all`);
  return found.map(({ database, name }) => `${database}.${name}`);
};

test('models read the raw data of production, and all that a build writes goes to the databases of its own prefix', async () => {
  const [theirs, ours] = [at(production), at(development)];
  const before = await tablesOf(theirs);
  const result = await at(dbt).build({ select: ['stg_crm__customers', 'stg_web__events'] });
  expect(result.models.map(({ name, status, database }) => [name, status, database]).sort()).toEqual([
    ['stg_crm__customers', 'success', ours.databases.staging],
    ['stg_web__events', 'success', ours.databases.staging],
  ]);
  expect(await ask(`select email from \`${ours.databases.staging}\`.stg_crm__customers`)).toEqual([{ email: 'jo@example.com' }]);
  const [view] = await ask(
    `select create_table_query as sql from system.tables where database = '${ours.databases.staging}' and name = 'stg_web__events'`,
  );
  expect([String(view?.sql).includes(`${theirs.databases.raw}.events`), await tablesOf(theirs)]).toEqual([true, before]);
});

test('a load there is refused with a sentence, and changes neither raw database', async () => {
  const [theirs, ours] = [at(production), at(development)];
  const before = [await tablesOf(theirs), await tablesOf(ours)];
  await expect(load(ours)).rejects.toMatchObject({
    code: 'loads.foreign_raw',
    message: `The models read ${theirs.databases.raw}, which is another installation's: nothing is written there, and ${ours.databases.raw} is not read`,
  });
  expect([await tablesOf(theirs), await tablesOf(ours)]).toEqual(before);
});

test('`sluice doctor` says whose raw data is read, warns of a user that may write there, and fails without the grant', async () => {
  const [theirs, ours] = [at(production), at(development)];
  const looked = async (warehouse: Pick<Warehouse, 'owner' | 'rawSource' | 'databases'>) => {
    const examination = { ...examineRawData(async () => warehouse, 'dev'), needs: [] };
    return (await examine([examination], () => undefined)).map(({ outcome, detail, hint }) => [outcome, detail, hint]);
  };
  const { raw } = theirs.databases;
  const read = `models read the tables of ${raw}, another installation's; loads and collection are refused`;
  expect([
    await looked({ ...ours, owner: ours.reader }),
    (await looked(ours)).map(([outcome, detail]) => [outcome, detail]),
    await looked({ ...ours, rawSource: 'elsewhere_raw', owner: ours.reader }),
    await looked(theirs),
  ]).toEqual([
    [['ok', read, '']],
    [['warning', `${read}; dev may write there`]],
    [
      [
        'failed',
        'dev may not read elsewhere_raw',
        'Check SLUICE_RAW_DATABASE, and let an administrator run: grant select on elsewhere_raw.* to dev',
      ],
    ],
    [['ok', `models read ${raw}, this installation's own`, '']],
  ]);
});
