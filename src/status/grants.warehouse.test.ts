import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { runSql, testWarehouse } from '../../test/warehouse.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { examineGrants } from './grants.ts';

let warehouse: Warehouse;
let database: string;
const run = (sql: string) => runSql(warehouse.owner, sql);

beforeAll(async () => {
  warehouse = await testWarehouse();
  // Outside what the users of the test server may read.
  database = `elsewhere_${warehouse.prefix}`;
  await run(`create database ${database}`);
  for (const name of [`${database}.dim_customers`, `${database}.\`order lines\``, `${warehouse.prefix}.profiles`])
    await run(`create table ${name} (id UInt64) engine = MergeTree order by id`);
});
afterAll(async () => {
  await run(`drop database if exists ${database} sync`);
  await warehouse.close();
});

/** Only where tables stand is looked at. */
const catalogueOver = (...tables: { database: string; table: string }[]) =>
  ({ entities: new Map(Object.entries(tables)) }) as never as Catalogue;

test('doctor names each table that the reader or the publisher may not read, with one grant for each database', async () => {
  const catalogue = catalogueOver(
    { database, table: 'dim_customers' },
    { database, table: 'order lines' },
    { database: warehouse.prefix, table: 'profiles' },
  );
  const asElsewhere = { ...warehouse, isEmbedded: false };
  const grant = `grant select on ${database}.* to sluice_reader, sluice_publisher`;
  const found = await examineGrants(asElsewhere, catalogue, false);
  expect(found).toMatchObject({ outcome: 'failed', sql: [grant], hint: `Run on the server: ${grant}` });
  expect(JSON.stringify(found)).toContain(`may not read ${database}.dim_customers`);
  expect(JSON.stringify(found)).toContain('order lines');
  expect(JSON.stringify(found)).not.toContain('profiles');
  const parse = defineStatement({ name: 'test.parse', sql: `explain ast ${grant}`, params: z.object({}) });
  expect(await warehouse.owner.lines(parse, {})).toContain('GrantQuery');

  // This owner may not grant: what is missing is said all the same.
  expect(await examineGrants(asElsewhere, catalogue, true)).toMatchObject({
    sql: [grant],
    detail: expect.stringContaining('They could not be granted: sluice_owner: Not enough privileges'),
  });
});

test('doctor has nothing to say where all may be read', async () => {
  expect(await examineGrants(warehouse, catalogueOver({ database: warehouse.prefix, table: 'profiles' }), false)).toBe(
    'the reader and the publisher may read all 1 tables of the catalogue',
  );
});
