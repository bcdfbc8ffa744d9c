import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rowsOf, runSql, testWarehouse } from '../../test/warehouse.ts';
import { inTurn } from './migration-turn.ts';
import { migrate } from './migrations.ts';
import type { Warehouse } from './warehouse.ts';

let warehouse: Warehouse;
let folder: string;

beforeAll(async () => {
  warehouse = await testWarehouse();
});
afterAll(() => warehouse?.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-migrations-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ask = (sql: string) => rowsOf(warehouse.owner, sql);
const run = (sql: string) => runSql(warehouse.owner, sql);
const apply = () => migrate(warehouse.owner, warehouse.databases, folder);
const write = (name: string, sql: string) => writeFile(join(folder, name), sql);

test('each file is applied once and recorded', async () => {
  await write('0101_once.sql', 'create table if not exists sluice_raw.once (id UInt64) engine = MergeTree order by id;');
  expect(await apply()).toEqual(['0101_once.sql']);
  expect(await apply()).toEqual([]);
  expect(
    await ask(`select count() as n, any(length(checksum)) as length from sluice_state.migrations where name = '0101_once.sql'`),
  ).toEqual([{ n: '1', length: '64' }]);
});

test('an applied file that was edited is an error that names it, and nothing is changed', async () => {
  await write('0102_edited.sql', 'create table if not exists sluice_raw.edited (id UInt64) engine = MergeTree order by id;');
  await apply();
  await write('0102_edited.sql', 'create table if not exists sluice_raw.edited (id UInt64, more String) engine = MergeTree order by id;');
  await write('0103_after.sql', 'create table if not exists sluice_raw.after (id UInt64) engine = MergeTree order by id;');
  await expect(apply()).rejects.toMatchObject({
    code: 'warehouse.migration_edited',
    message: 'sql/warehouse/0102_edited.sql was edited after it had been applied to this warehouse.',
  });
  expect(await ask(`select name from system.tables where database = '${warehouse.databases.raw}' and name = 'after'`)).toEqual([]);
});

test('a file that broke off half-way is completed by the next run', async () => {
  const first = 'create table if not exists sluice_raw.half (id UInt64) engine = MergeTree order by id;';
  await write('0104_half.sql', `${first}\nalter table sluice_raw.half add column if not exists broken NoSuchType;`);
  await expect(apply()).rejects.toMatchObject({ code: expect.stringMatching(/^warehouse\./) });
  await write('0104_half.sql', `${first}\nalter table sluice_raw.half add column if not exists broken String;`);
  expect(await apply()).toEqual(['0104_half.sql']);
});

test('services that start together all end with the same databases', async () => {
  await write(
    '0105_together.sql',
    `create table if not exists sluice_raw.together (id UInt64) engine = MergeTree order by id;
     alter table sluice_raw.together add column if not exists name String;
     create or replace view sluice_raw.together_view as select id from sluice_raw.together;`,
  );
  await Promise.all([apply(), apply(), apply(), apply()]);
  expect(await apply()).toEqual([]);
});

test('a file that replaces a table is applied by one process only, and rows that came in after it stay', async () => {
  await run('create table sluice_raw.replaced (id UInt64) engine = MergeTree order by id');
  await run('insert into sluice_raw.replaced select number from numbers(100000)');
  await write(
    '0106_replaces.sql',
    `alter table sluice_raw.replaced add column if not exists name String;
     create or replace table sluice_raw.replaced (id UInt64, name String) engine = MergeTree order by id
     as select id, name from sluice_raw.replaced;
     alter table sluice_raw.replaced add column if not exists more String;`,
  );
  const insertsAfter = async () => {
    const names = await apply();
    await run('insert into sluice_raw.replaced (id) values (1)');
    return names;
  };
  const applied = await Promise.all(Array.from({ length: 6 }, insertsAfter));
  expect(applied.flat()).toEqual(['0106_replaces.sql']);
  expect(await ask('select count() as n from sluice_raw.replaced')).toEqual([{ n: '100006' }]);
  expect(await ask(`select name from system.tables where database = '${warehouse.databases.state}' and name = 'migration_turn'`)).toEqual(
    [],
  );
});

test('the turn of a process that died is taken over', async () => {
  await run(`create table sluice_state.migration_turn (nothing UInt8) engine = Null comment 'somebody who died'`);
  await write('0107_after_a_death.sql', 'create table if not exists sluice_raw.once (id UInt64) engine = MergeTree order by id;');
  const began = Date.now();
  expect(await apply()).toEqual(['0107_after_a_death.sql']);
  expect(Date.now() - began).toBeGreaterThan(9_000);
});

test('a turn that another process has taken over stays with that process', async () => {
  await inTurn(warehouse.owner, warehouse.databases, async () => {
    await run('drop table sluice_state.migration_turn sync');
    await run(`create table sluice_state.migration_turn (nothing UInt8) engine = Null comment 'somebody else'`);
  });
  expect(
    await ask(`select comment from system.tables where database = '${warehouse.databases.state}' and name = 'migration_turn'`),
  ).toEqual([{ comment: 'somebody else' }]);
  await run('drop table sluice_state.migration_turn sync');
});

describe('every table and column that the service makes explains itself in ClickHouse', () => {
  const ours = () =>
    Object.values(warehouse.databases)
      .map((database) => `'${database}'`)
      .join(', ');
  // Tables of the tests above are left out by name.
  const made = `table not in ('once', 'edited', 'half', 'together', 'together_view', 'replaced')`;

  test('no table is without a comment', async () => {
    const sql = `select concat(database, '.', name) as table from system.tables where database in (${ours()}) and comment = '' and ${made.replace('table', 'name')}`;
    expect(await ask(sql)).toEqual([]);
  });

  test('no column is without a comment', async () => {
    const sql = `select concat(database, '.', table, '.', name) as column from system.columns where database in (${ours()}) and comment = '' and ${made}`;
    expect(await ask(sql)).toEqual([]);
  });
});
