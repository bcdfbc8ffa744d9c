import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { killWorkerOf, testDbt } from '../../test/dbt.ts';
import { type PlainProject, plainProject } from '../../test/plain-project.ts';
import { adopt } from '../../test/segments/adopted-model.ts';
import { rowsOf, testWarehouse } from '../../test/warehouse.ts';
import type { CdpError } from '../errors.ts';
import type { SegmentDeps } from '../segments/deps.ts';
import { showList } from '../segments/lists/show.ts';
import { draftOf } from '../segments/prepare.ts';
import { previewSegment, segmentModel } from '../segments/preview.ts';
import { defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Dbt } from './dbt.ts';
import { readModels } from './reads.ts';

let warehouse: Warehouse;
let project: PlainProject;
let dbt: Awaited<ReturnType<typeof testDbt>>;
beforeAll(async () => {
  warehouse = await testWarehouse();
  project = await plainProject(warehouse);
  // Of a name that the package has too, with keys that are numbers, and read by a dashboard.
  await project.write('models/marts/orders.sql', ORDERS_SQL);
  await project.write('models/marts/orders.yml', ORDERS);
});
afterAll(async () => {
  await dbt.close();
  await project.remove();
  await warehouse.close();
});

const ask = (sql: string, by: 'owner' | 'reader' = 'owner') => rowsOf(warehouse[by], sql);

/** What the database shows of the shop's tables, and their rows. */
const ofTheShop = async () => ({
  tables: await ask(`
    select database, name, engine, sorting_key, comment, create_table_query from system.tables
    where startsWith(database, '${project.schema}') and name != 'after_people' order by database, name`),
  customers: await ask(`select * from ${project.schema}_marts.dim_customers order by customer_id`),
  orders: await ask(`select * from ${project.schema}_marts.fct_orders order by order_id`),
  days: await ask(`select * from ${project.schema}_marts.fct_orders_by_day order by day`),
});

async function green(request: Parameters<Dbt['build']>[0] = {}) {
  const result = await dbt.build(request);
  const problems = [
    ...result.models.filter(({ status }) => status === 'error').map(({ name, error }) => `${name}: ${error?.message}`),
    ...result.tests.filter(({ status }) => status === 'fail' || status === 'error').map(({ name, message }) => `${name}: ${message}`),
  ];
  expect(problems).toEqual([]);
  return result;
}

// The last one is of nobody: a sale at the counter.
const ORDERS_SQL = `
{{ config(order_by='order_id') }}
select order_id, customer_id, amount, ordered_at from {{ ref('stg_shop__orders') }}
union all
select 13, 0, cast('5.5', 'Decimal(18, 2)'), toDateTime('2026-03-05 12:00:00')
`;
const ORDERS = `
models:
  - name: orders
    meta: { sluice: { identity: { source: shop }, orders: { order_id: order_id, ordered_at: ordered_at, amount: amount } } }
    columns:
      - { name: order_id }
      - { name: customer_id, meta: { sluice: { identifier: user_id, entity: person } } }
      - { name: amount }
      - { name: ordered_at }
exposures:
  - { name: board, type: dashboard, owner: { email: board@shop.example }, depends_on: [ref('orders')] }
`;

describe('a plain project', () => {
  let before: Awaited<ReturnType<typeof ofTheShop>>;

  test('without Sluice is built into its own schemas', async () => {
    dbt = await testDbt(warehouse, { projectDir: project.dir });
    await green();
    before = await ofTheShop();
    expect(before.customers).toMatchObject([
      { customer_id: '1', label: 'shop 1', country: 'Germany' },
      { customer_id: '2', label: 'shop 2', country: 'France' },
    ]);
    expect(before.tables).toMatchObject([
      { database: project.schema, name: 'countries', engine: 'ReplacingMergeTree' },
      { database: `${project.schema}_marts`, name: 'dim_customers', engine: 'ReplacingMergeTree' },
      { database: `${project.schema}_marts`, name: 'fct_orders' },
      { database: `${project.schema}_marts`, name: 'fct_orders_by_day' },
      { database: `${project.schema}_marts`, name: 'orders' },
      { database: `${project.schema}_staging`, name: 'stg_shop__customers', engine: 'View' },
      { database: `${project.schema}_staging`, name: 'stg_shop__orders', engine: 'View' },
    ]);
  });

  test('with the package beside it keeps schemas, engines, comments, macros and data', async () => {
    await project.addSluice();
    // Links that `dbt deps` made before an upgrade: nothing may be written through them.
    const former = join(project.dir, 'former');
    await project.write('former/dbt_project.yml', 'name: sluice\n');
    await mkdir(join(former, 'models'));
    await mkdir(join(project.dir, 'dbt_packages'));
    await symlink(former, join(project.dir, 'dbt_packages/sluice'));
    await project.write(
      'models/marts/after_people.sql',
      `select getSetting('default_normal_view_sql_security') as views, getSetting('max_query_size') as size from {{ ref('profiles') }}`,
    );
    // Its own tests, and of the package whatever the tests below look at.
    const select = [
      'corner_shop',
      '+profiles',
      '+events',
      '+unreadable_values',
      '+guest_orders',
      '+list_identifiers',
      'identity_type_rules',
    ];
    const { models, tests } = await green({ select, exclude: ['package:sluice,resource_type:test'] });
    expect(models.length).toBeGreaterThan(30);
    expect(tests.map(({ name }) => name)).not.toContain('board');
    expect(await ofTheShop()).toEqual(before);
    expect([await readdir(former), await readFile(join(former, 'dbt_project.yml'), 'utf8')]).toEqual([
      ['dbt_project.yml', 'models'],
      'name: sluice\n',
    ]);
    // dbt makes this file when it reports usage.
    expect(existsSync(join(project.dir, '.user.yml'))).toBe(false);
    // The setting that the server gives its user, which differs from ClickHouse's own default.
    expect(await ask(`select distinct views, toUInt32(size) as size from ${project.schema}_marts.after_people`)).toEqual([
      { views: 'DEFINER', size: 262144 },
    ]);
  });

  test('is read also where a model has the name of one of the package, and a key that is a number', async () => {
    expect(
      await ask(`select order_id, amount, identifiers.identifier_value as customer from sluice.orders as orders
        inner join sluice.profile_identifiers as identifiers on identifiers.profile_id = orders.profile_id order by order_id`),
    ).toEqual([
      { order_id: 'shop:10', amount: 12.5, customer: '1' },
      { order_id: 'shop:11', amount: 7.5, customer: '1' },
      { order_id: 'shop:12', amount: 30, customer: '2' },
    ]);
    expect(await ask('select order_id, amount, is_cancelled from sluice.guest_orders')).toEqual([
      { order_id: 'shop:13', amount: 5.5, is_cancelled: false },
    ]);
    expect(readModels(await dbt.manifest())).toMatchObject([{ name: 'corner_shop.orders', because: ['identifier', 'orders'] }]);
    expect((await dbt.manifest()).models.map(({ name }) => name)).toEqual(expect.arrayContaining(['orders', 'sluice.orders']));
  });

  test('leaves the models of the package their databases and their engine, whatever its macros and its configuration say', async () => {
    const { prefix } = warehouse;
    const tables = await ask(`
      select database, groupUniqArray(if(engine in ('View', 'Memory'), '', engine)) as engines, count() as tables from system.tables
      where database in ('${prefix}', '${prefix}_identity', '${prefix}_staging') group by database order by database`);
    expect(tables.map(({ database, engines }) => [database, (engines as string[]).filter((engine) => engine !== '')])).toEqual([
      [prefix, ['MergeTree']],
      [`${prefix}_identity`, ['MergeTree']],
      [`${prefix}_staging`, []],
    ]);
    expect(await ask(`select count() as n from system.databases where name like '${prefix}%elsewhere'`)).toEqual([{ n: '0' }]);
    expect(await ask(`select name from system.tables where database = '${prefix}' order by name`)).toContainEqual({ name: 'profiles' });
  });

  test('leaves published tables their contracts and comments, and published views their definer', async () => {
    const { prefix, dbtConnection } = warehouse;
    const [view] = await ask(`select create_table_query as sql from system.tables where database = '${prefix}' and name = 'events'`);
    expect(view?.sql).toMatch(new RegExp(`DEFINER = .?${dbtConnection.user}.? SQL SECURITY DEFINER`));
    expect(await ask('select count() as n from sluice.events', 'reader')).toEqual([{ n: '0' }]);
    const columns = await ask(
      `select name, type, comment from system.columns where database = '${prefix}' and table = 'profiles' and name in ('profile_id', 'email') order by name`,
    );
    expect(columns).toMatchObject([
      { name: 'email', type: 'Nullable(String)' },
      { name: 'profile_id', type: 'UUID' },
    ]);
    for (const { comment } of columns) expect(comment).not.toBe('');
    expect(await ask(`select comment from system.tables where database = '${prefix}' and name = 'profiles'`)).not.toEqual([
      { comment: '' },
    ]);
  });

  test('keeps its query comment and what its profile says, and runs as the profile says', async () => {
    await warehouse.owner.run(defineStatement({ name: 'test.flush_logs', sql: 'system flush logs', params: z.object({}) }), {});
    const ownComment = `extract(log_comment, '^sluice-build service ${warehouse.prefix} [0-9a-f-]{36} (.*)$')`;
    const inserts = (database: string) =>
      ask(`
        select distinct extract(query, '^/. ([a-z ]+) ') as comment, ${ownComment} as own, Settings['max_query_size'] as size
        from system.query_log
        where type = 'QueryFinish' and query_kind = 'Insert' and event_time > now() - interval 1 hour
            and match(query, '(?i)insert into +.?${database}.?[.]')
            -- seeds are a few rows, and need nothing
            and not match(arrayStringConcat(tables), 'freemail_domains|seeded_identity_decisions')`);
    const common = { comment: 'corner shop dev', own: 'nightly of the shop' };
    expect(await inserts(`${project.schema}_marts`)).toEqual([{ ...common, size: '' }]);
    // The project's own models use the default of 256 KB, those of the package what they need.
    expect(await inserts(`${warehouse.prefix}_identity`)).toEqual([{ ...common, size: '10000000' }]);
  });

  test('takes a segment over as a model, whatever its texts are, and the model is an audience with the same members', async () => {
    const strange = ['{{ 1 / 0 }}', '{% raw %}', '{# x', "it's", '\\', '\\{', 'a\nb', '*/', '{p0:String}'];
    await project.write(
      'activations/segments/two-orders.yml',
      `id: two-orders
title: "Two {{ orders }} #} or more"
entity: person
where:
  any:
    - { all: [ { trait: order_count, gte: 2 }, { trait: last_order_at, within: { last: 9000d } } ] }
    - { trait: email, in: ${JSON.stringify(strange)} }
    - { trait: email, contains: '{{' }
`,
    );
    await project.write(
      'activations/lists/guests.yml',
      'id: guests\ntitle: Guests\nentity: person\nof: user_id\nfile: guests.csv\ncolumn: Customer no.\n',
    );
    await project.write(
      'activations/lists/guests.csv',
      '\uFEFFName;Customer no.\r\n"Lovelace; Ada";1 \r\n\r\n"B ""ob""";"2"\r\nBob;2\r\nNobody;77',
    );
    await project.write('activations/segments/guests.yml', 'id: guests\ntitle: Guests\nentity: person\nwhere: { list: guests }\n');
    const written = await adopt(warehouse, project.dir, (await dbt.manifest()).models);
    expect(written.problems).toEqual([]);
    expect(await showList(written.deps, 'guests')).toMatchObject({
      values: 3,
      matched: 2,
      shared: 0,
      entities: 2,
      unmatched_values: ['7•••'],
      used_by: ['guests'],
    });
    // They differ in the number of their orders.
    const orders = async (deps: SegmentDeps, where: object) => {
      const all = [where, { trait: 'order_count', gte: 0 }];
      const { sample } = await previewSegment(deps, draftOf({ title: 'Draft', entity: 'person', where: { all } }));
      return sample.map(({ order_count: count }) => Number(count)).sort();
    };
    expect(await orders(written.deps, { list: 'guests' })).toEqual([1, 2]);
    const { name, sql, yml } = await segmentModel(written.deps, { id: 'two-orders' });
    await project.write(`models/audiences/${name}.sql`, sql);
    await project.write(`models/audiences/${name}.yml`, yml);
    await green({ select: [name] });
    const adopted = await adopt(warehouse, project.dir, (await dbt.manifest()).models);
    expect(adopted.catalogue.audiences.get(name)).toMatchObject({ entity: 'person', key: 'profile_id', keyType: 'UUID' });
    expect(await orders(adopted.deps, { audience: name })).toEqual([2]);
  });

  test('is built as the command line says: some models, other variables, another target; the record knows', async () => {
    const { runId } = await green({
      select: ['+fct_orders', 'countries'],
      exclude: ['resource_type:test'],
      vars: { currency: 'CHF' },
      target: 'other',
      threads: 2,
      isFailFast: true,
    });
    expect(await ask(`select distinct currency from ${project.schema}_other_marts.fct_orders`)).toEqual([{ currency: 'CHF' }]);
    expect(await ask(`select distinct currency from ${project.schema}_marts.fct_orders`)).toEqual([{ currency: 'EUR' }]);
    expect(await ask(`select selected, excluded, vars, target, recorded_by from sluice_audit.dbt_runs where run_id = '${runId}'`)).toEqual([
      {
        selected: ['+fct_orders', 'countries'],
        excluded: ['resource_type:test'],
        vars: ['currency'],
        target: 'other',
        recorded_by: 'service',
      },
    ]);
  });
});

describe('a build of a plain project', () => {
  const running = async () => {
    const [row] = await ask(`select count() as n from system.processes where query like '/* corner shop%' and has(Settings, 'log_comment')
      and startsWith(Settings['log_comment'], 'sluice-build service ${warehouse.prefix} ') and query_kind = 'Insert'`);
    return Number(row?.n);
  };
  /** One row at a time, so that it can be killed. */
  const SLOW = 'select sleepEachRow(0.5) as slept, number from system.numbers limit 200\nsettings max_block_size = 1\n';
  beforeAll(() => project.write('models/marts/slow.sql', SLOW));

  test('that is cancelled takes its running query with it', async () => {
    const stop = new AbortController();
    const failed = dbt.build({ select: ['slow'], signal: stop.signal }).catch((error: CdpError) => error);
    await expect.poll(running, { timeout: 120_000 }).toBe(1);
    stop.abort();
    expect(await failed).toMatchObject({ code: 'dbt.cancelled' });
    expect(await running()).toBe(0);
  });

  test('whose worker was killed loses its running query too', async () => {
    const service = await testDbt(warehouse, { projectDir: project.dir });
    const failed = service.build({ select: ['slow'] }).catch((error: CdpError) => error);
    await expect.poll(running, { timeout: 120_000 }).toBe(1);
    await killWorkerOf(service.dataDir);
    expect(await failed).toMatchObject({ code: 'dbt.crashed' });
    expect(await running()).toBe(0);
    await service.close();
  });
});

test('a profile that leads to another server is refused: Sluice would not find the tables', async () => {
  const other = await plainProject(warehouse, { port: 1 });
  const lost = await testDbt(warehouse, { projectDir: other.dir });
  await expect(lost.build()).rejects.toMatchObject({ code: 'dbt.other_server', exitCode: 3, message: expect.stringContaining(':1,') });
  // In a container the project may be read-only.
  await other.addSluice();
  await other.write('dbt_packages', 'no folder');
  await expect(lost.build()).rejects.toMatchObject({
    code: 'dbt.invalid_project',
    message: expect.stringMatching(
      /^The package sluice is not in .*dbt_packages, and cannot be linked there \(Not a directory\)\. Run `sluice ci/,
    ),
  });
  await lost.close();
  await other.remove();
});
