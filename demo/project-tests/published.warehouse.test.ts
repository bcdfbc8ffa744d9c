import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Dbt } from '../../src/dbt/dbt.ts';
import type { BuildResult } from '../../src/dbt/result.ts';
import type { WarehouseClient } from '../../src/warehouse/client.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { biClient } from '../../test/bi.ts';
import { testDbt } from '../../test/dbt.ts';
import { askSql, runSql, testWarehouse } from '../../test/warehouse.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/bi', import.meta.url));

let warehouse: Warehouse;
let dbt: Awaited<ReturnType<typeof testDbt>>;
beforeAll(async () => {
  warehouse = await testWarehouse();
  dbt = await testDbt(warehouse);
});
afterAll(async () => {
  await dbt.close();
  await warehouse.close();
});

const nothing = z.object({});
const run = (sql: string) => runSql(warehouse.owner, sql);
const ask = <R extends z.ZodObject>(sql: string, row: R) => askSql(warehouse.reader, sql, row);
const texts = async (sql: string) => (await ask(`select toString(x) as x from (${sql})`, z.object({ x: z.string() }))).map((row) => row.x);

async function build(request: Parameters<Dbt['build']>[0] = {}) {
  const result = await dbt.build(request);
  const problems = [
    ...result.models.filter((model) => model.status !== 'success'),
    ...result.tests.filter((found) => !['pass', 'warn'].includes(found.status)),
  ];
  expect(problems).toEqual([]);
  return result;
}

interface Message {
  readonly type: string;
  readonly at: string;
  readonly event?: string;
  readonly anonymousId?: string;
  readonly userId?: string;
  readonly previousId?: string;
  readonly traits?: object;
  readonly context?: object;
  /** JSON text, so that a test can write what no serializer would. */
  readonly properties?: string;
}

let lastMessage = 0;

/** As the landing writes accepted messages. */
async function collect(...messages: readonly Message[]): Promise<void> {
  await warehouse.owner.insert(
    'sluice_raw.events',
    messages.map(({ at, properties, ...message }) => {
      lastMessage += 1;
      const rest = JSON.stringify({ ...message, messageId: `m${lastMessage}` }).slice(1);
      return {
        message_id: `m${lastMessage}`,
        type: message.type,
        event: message.event ?? '',
        source: 'web',
        anonymous_id: message.anonymousId ?? '',
        user_id: message.userId ?? '',
        previous_id: message.previousId ?? '',
        group_id: '',
        occurred_at: at,
        received_at: at,
        message: properties === undefined ? `{${rest}` : `{"properties":${properties},${rest}`,
      };
    }),
  );
}

/** One of each file that holds some. */
const unitTests = [
  'the_last_row_of_a_decision_counts',
  'blocked_values_join_nobody',
  'each_column_takes_the_source_that_is_declared_for_it_and_says_which',
];
const unitTestsIn = (result: BuildResult) => result.tests.filter(({ name }) => unitTests.includes(name)).map(({ status }) => status);

test('everything builds when nothing was ever loaded, and the unit tests run when they are asked for', async () => {
  const result = await build({ isWithUnitTests: true });
  expect(result.status).toBe('success');
  expect(unitTestsIn(result)).toEqual(['pass', 'pass', 'pass']);
  expect(await texts('select count() as x from sluice.profiles')).toEqual(['0']);
});

describe('with a little of everything', () => {
  beforeAll(async () => {
    await run(`
      create table sluice_raw.pos__transactions engine = MergeTree order by tuple() as
      select * from values(
        'household_id Int64, store_id Int64, basket_id Int64, product_id Int64, quantity Int64, sales_value Float64, retail_disc Float64, coupon_disc Float64, coupon_match_disc Float64, transaction_timestamp DateTime',
        (7, 1, 100, 900, 1, 4.35, 0.1, 0.2, 0, '2024-01-05 10:00:00'),
        (7, 1, 100, 901, 2, 0.30, 0, 0, 0, '2024-01-05 10:00:00'),
        (8, 1, 101, 900, 1, 9.99, 0, 0, 0, '2024-03-01 10:00:00')
      )`);
    await run(`
      create table sluice_raw.pos__products engine = MergeTree order by tuple() as
      select * from values('product_id Int64, department String, product_category Nullable(String)', (900, 'GROCERY', 'BABY FOODS'), (901, 'GROCERY', null))`);
    await run(`
      create table sluice_raw.crm__customers engine = MergeTree order by tuple() as
      select * from values(
        'household_id String, email String, phone String, first_name String, consent_email String, updated_at String, last_name String, city String, country_code String',
        ('7', 'Ada@Example.com', '(212) 555-0100', 'A.', 'true', '2024-01-01 00:00:00', '', '', ''),
        ('8', 'bob@example.com', '00442079460000', 'Bob', 'false', 'not a time', '', '', '')
      )`);
    await collect(
      // Ada, first unknown, then signed in with the address that the CRM knows
      {
        type: 'page',
        at: '2024-02-01 10:00:00',
        event: 'Home',
        anonymousId: 'ada-laptop',
        properties: '{"path":"/"}',
        context: { page: { url: 'https://x/' } },
      },
      {
        type: 'identify',
        at: '2024-02-01 10:05:00',
        anonymousId: 'ada-laptop',
        userId: 'ada',
        traits: { email: ' ADA@example.com', first_name: 'Ada' },
      },
      {
        type: 'track',
        at: '2024-02-01 10:06:00',
        event: 'Order Completed',
        anonymousId: 'ada-laptop',
        userId: 'ada',
        properties:
          '{"order_id":"o1","revenue":20.5,"currency":"USD","products":[{"sku":"s","category":"Baby","price":10.25,"quantity":2}]}',
      },
      // the same order, reported a second time under a new message id
      { type: 'track', at: '2024-02-01 10:07:00', event: 'Order Completed', userId: 'ada', properties: '{"order_id":"o1","revenue":20.5}' },
      // a log-out: one event still carries Ada's id with the next visitor's anonymous id
      { type: 'track', at: '2024-02-02 10:00:00', event: 'Product Viewed', anonymousId: 'cleo-phone', userId: 'ada' },
      { type: 'track', at: '2024-02-02 10:01:00', event: 'Product Viewed', anonymousId: 'cleo-phone' },
      {
        type: 'identify',
        at: '2024-02-02 10:02:00',
        anonymousId: 'cleo-phone',
        userId: 'cleo',
        context: { traits: { email: 'cleo@example.com' } },
      },
      { type: 'alias', at: '2024-02-02 10:03:00', userId: 'cleo', previousId: 'cleo-tablet' },
      { type: 'alias', at: '2024-02-02 10:03:00', userId: 'cleo', previousId: 'cleo' },
      { type: 'page', at: '2024-02-02 10:04:00', event: 'Home', anonymousId: 'cleo-tablet' },
      // a site that sends a placeholder for an id
      { type: 'track', at: '2024-02-03 10:00:00', event: 'Product Viewed', userId: 'null', anonymousId: 'anonymous' },
      { type: 'track', at: '2024-02-03 10:00:00', event: 'Product Viewed', userId: 'undefined', anonymousId: 'ada-laptop' },
      // properties that a JSON column cannot hold as they are
      ...[
        '{"a":1,"a":{"b":2}}',
        '{"n":123456789012345678901234567890}',
        '[1,2]',
        '"text"',
        'null',
        '{"":1,"a.b":1,"a":{"b":2}}',
        '{"at":"2024-01-01","deep":{"list":[{"x":1},[null],"y"]}}',
      ].map((properties) => ({ type: 'track', at: '2024-02-04 10:00:00', event: 'Odd', anonymousId: 'odd', properties })),
    );
    await build();
  });

  test('web, card and CRM become one person, with the source of each column', async () => {
    const [ada] = await ask(
      `select email, email_source, first_name, first_name_source, phone_e164, loyalty_id, sources, order_count, revenue_total, consent_email
       from sluice.profiles where user_id = 'ada'`,
      z.looseObject({}),
    );
    expect(ada).toEqual({
      email: 'ada@example.com',
      email_source: 'crm',
      first_name: 'Ada',
      first_name_source: 'web',
      phone_e164: '+12125550100',
      loyalty_id: '7',
      sources: ['crm', 'pos', 'web'],
      order_count: 2,
      revenue_total: 25.15,
      consent_email: true,
    });
  });

  test('one event after a log-out does not join two people, and an alias call joins either way', async () => {
    const of = (value: string) => texts(`select profile_id as x from sluice.profile_identifiers where identifier_value = '${value}'`);
    expect(await of('cleo')).not.toEqual(await of('ada'));
    expect(await of('cleo-phone')).toEqual(await of('cleo'));
    expect(await of('cleo-tablet')).toEqual(await of('cleo'));
    expect(await texts("select email as x from sluice.profiles where user_id = 'cleo'")).toEqual(['cleo@example.com']);
  });

  test('a placeholder identifies no person: such an event belongs to the device, or to no profile at all', async () => {
    expect(
      await texts(
        "select identifier_value as x from sluice.profile_identifiers where identifier_value in ('null', 'undefined', 'anonymous')",
      ),
    ).toEqual([]);
    expect(await texts("select count() as x from sluice.events where event_name = 'Product Viewed'")).toEqual(['3']);
  });

  test('no property is lost, however odd, and a text that looks like a date stays a text', async () => {
    expect(await texts("select count() as x from sluice.events where event_name = 'Odd'")).toEqual(['7']);
    expect(
      await texts(
        "select toString(properties._unparsed) as x from sluice.events where event_name = 'Odd' and properties._unparsed is not null order by x",
      ),
    ).toEqual(['[1,2]', 'text']);
    expect(
      await texts("select toString(properties.n) as x from sluice.events where event_name = 'Odd' and properties.n is not null"),
    ).toEqual(['123456789012345678901234567890']);
    expect(
      await texts("select dynamicType(properties.at) as x from sluice.events where event_name = 'Odd' and properties.at is not null"),
    ).toEqual(['String']);
  });

  test("a page's name is a property of 'Page Viewed'", async () => {
    expect(await texts("select toString(properties.name) as x from sluice.events where event_name = 'Page Viewed' order by x")).toEqual([
      'Home',
      'Home',
    ]);
  });

  test('an order that is reported twice counts once, and amounts keep their cents', async () => {
    const orders = await ask('select order_id, amount, line_count from sluice.orders order by order_id', z.looseObject({}));
    expect(orders).toEqual([
      { order_id: 'online:o1', amount: 20.5, line_count: 1 },
      { order_id: 'pos:100', amount: 4.65, line_count: 2 },
      { order_id: 'pos:101', amount: 9.99, line_count: 1 },
    ]);
  });

  test('traits tell of both channels, and windows count back from the newest event', async () => {
    const [traits] = await ask(
      `select lifetime_value, store_order_count, online_order_count, baby_order_count, last_order_channel, page_view_count, toString(as_of) as as_of
       from sluice.profile_traits inner join sluice.grocery_traits using (profile_id)
       where profile_id = (select profile_id from sluice.profiles where user_id = 'ada')`,
      z.looseObject({}),
    );
    expect(traits).toEqual({
      lifetime_value: 25.15,
      store_order_count: 1,
      online_order_count: 1,
      baby_order_count: 1,
      last_order_channel: 'online',
      page_view_count: 1,
      as_of: '2024-03-01 10:00:00.000',
    });
  });

  test('every published table and column has a comment, and every row says when it was computed', async () => {
    const databases = "('sluice', 'sluice_staging', 'sluice_identity')".replaceAll('sluice', warehouse.prefix);
    expect(
      await texts(
        `select concat(database, '.', table, '.', name) as x from system.columns where database in ${databases} and comment = ''`,
      ),
    ).toEqual([]);
    expect(
      await texts(`select concat(database, '.', name) as x from system.tables where database in ${databases} and comment = ''`),
    ).toEqual([]);
    expect(
      await texts(
        `select table as x from system.columns where database = '${warehouse.prefix}' and not startsWith(table, 'segment') and not startsWith(table, 'audience_')
         group by table having not has(groupArray(name), 'computed_at')`,
      ),
    ).toEqual([]);
  });

  test('freshness says what was built and when', async () => {
    const rows = await ask(
      "select table_name, row_count, status from sluice.freshness where table_name in ('orders', 'profiles') order by table_name",
      z.looseObject({}),
    );
    expect(rows).toEqual([
      { table_name: 'orders', row_count: '3', status: 'success' },
      { table_name: 'profiles', row_count: '4', status: 'success' },
    ]);
  });

  describe('to a BI tool', () => {
    let bi: WarehouseClient;
    beforeAll(async () => {
      bi = await biClient(warehouse);
    });
    afterAll(() => bi?.close());
    const rowsOf = async (sql: string) =>
      (await bi.lines(defineStatement({ name: 'test.bi', sql, params: nothing }), {})).split('\n').filter(Boolean);

    test('information_schema names the published tables and columns', async () => {
      const of = (what: string) => `from information_schema.${what} where table_schema = '${warehouse.prefix}'`;
      expect(await rowsOf(`select table_name ${of('tables')}`)).toEqual(expect.arrayContaining(['events', 'orders', 'profiles']));
      expect(await rowsOf(`select column_name ${of('columns')} and table_name = 'orders'`)).toContain('ordered_at');
    });

    test.each(['metabase/customers_by_country.sql', 'evidence/sources/sluice/orders_by_week.sql', 'lightdash/revenue_by_country.sql'])(
      'the example %s runs and finds rows',
      async (file) => {
        expect(await rowsOf(await readFile(join(EXAMPLES, file), 'utf8'))).not.toEqual([]);
      },
    );

    test('the dataset of Superset has the columns and metrics that it names', async () => {
      const Dataset = z.object({
        sql: z.string(),
        columns: z.array(z.object({ column_name: z.string() })),
        metrics: z.array(z.object({ expression: z.string() })),
      });
      const dataset = Dataset.parse(parse(await readFile(join(EXAMPLES, 'superset/orders_with_people.yaml'), 'utf8')));
      const columns = dataset.columns.map((column) => column.column_name);
      const metrics = dataset.metrics.map(({ expression }) => expression);
      expect(await rowsOf(`select ${columns.join(', ')} from (${dataset.sql})`)).toHaveLength(3);
      expect(await rowsOf(`select ${metrics.join(', ')} from (${dataset.sql})`)).toEqual(['3\t2\t35.14']);
    });

    test('the joins and metrics of Lightdash are of columns that there are', async () => {
      const text = await readFile(join(EXAMPLES, 'lightdash/orders_of_ours.yml'), 'utf8');
      const tables = new Map([
        ['orders_of_ours', 'sluice.orders'],
        ['people_of_ours', 'sluice.profiles'],
      ]);
      const Model = z.object({
        name: z.string(),
        config: z.object({ meta: z.object({ joins: z.array(z.object({ join: z.string(), sql_on: z.string() })).optional() }) }),
        columns: z.array(z.object({ name: z.string() })),
      });
      for (const { name, config, columns } of z.object({ models: z.array(Model) }).parse(parse(text)).models) {
        const joins = (config.meta.joins ?? []).map(
          ({ join: other, sql_on }) => `left join ${tables.get(other)} as ${other} on ${sql_on.replace(/\$\{([\w.]+)\}/g, '$1')}`,
        );
        const selected = columns.map((column) => `${name}.${column.name}`).join(', ');
        expect(await rowsOf(`select ${selected} from ${tables.get(name)} as ${name} ${joins.join(' ')}`)).not.toEqual([]);
      }
    });
  });

  test('a second build of the same data gives the same people the same ids', async () => {
    const people = () => texts('select (identifier_type, identifier_value, profile_id) as x from sluice.profile_identifiers order by x');
    const before = await people();
    expect(unitTestsIn(await build())).toEqual([]);
    expect(await people()).toEqual(before);
  });
});

test('every key of a person or an account in a published table says what it joins, to a test or in meta alone', async () => {
  const folder = join(dbt.dataDir, 'dbt');
  await dbt.manifest();
  const [file = ''] = (await readdir(folder)).filter((name) => /^manifest-\w+\.json$/.test(name));
  const Tested = z.object({
    nodes: z.record(
      z.string(),
      z.looseObject({ column_name: z.string().nullish(), attached_node: z.string().nullish(), name: z.string() }),
    ),
  });
  const { nodes } = Tested.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
  const tested = new Set(
    Object.values(nodes).flatMap((node) => (node.name.startsWith('relationships_') ? `${node.attached_node} ${node.column_name}` : [])),
  );
  const { models } = await dbt.manifest();
  const keys = models
    .filter(({ schema, name }) => schema === warehouse.prefix && name !== 'profile_changes')
    .flatMap(({ uniqueId, name, columns }) =>
      columns
        .filter(
          (column) => /^(profile_id|((parent|primary)_)?account_id)$/.test(column.name) && `${column.name.replace('_id', 's')}` !== name,
        )
        .map((column) => ({ key: `${name}.${column.name}`, isTold: tested.has(`${uniqueId} ${column.name}`) || isForeign(column.meta) })),
    );
  expect(keys.length).toBeGreaterThan(8);
  expect(keys.filter(({ isTold }) => !isTold)).toEqual([]);
});

const isForeign = (meta: Readonly<Record<string, unknown>>) =>
  meta['metabase.semantic_type'] === 'type/FK' && typeof meta['metabase.fk_target_table'] === 'string';

test('every model is described, and every published one has its contract enforced', async () => {
  const { models } = await dbt.manifest();
  expect(
    models
      .filter((model) => model.description === '' || model.columns.some((column) => column.description === ''))
      .map((model) => model.name),
  ).toEqual([]);
  expect(models.filter((model) => model.schema === warehouse.prefix && !model.hasContract).map((model) => model.name)).toEqual([]);
});
