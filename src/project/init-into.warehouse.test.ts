import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { type TestDataDir, testDataDir } from '../../test/data-dir.ts';
import { type ProjectCommands, projectCommands } from '../../test/project-commands.ts';
import { rowsOf } from '../../test/warehouse.ts';
import { initInto } from './init-into.ts';

let home: TestDataDir;
let folder: string;
let plain: ProjectCommands;
beforeAll(async () => {
  [home, folder] = await Promise.all([testDataDir(), mkdtemp(join(tmpdir(), 'sluice-into-'))]);
  await write('first', PLAIN);
  plain = projectCommands(home, join(folder, 'first'), 'into');
  await write('first', { 'profiles.yml': await profiles(plain) });
  await cp(join(folder, 'first'), join(folder, 'second'), { recursive: true });
});
afterAll(async () => {
  await plain?.close();
  await home?.remove();
  await rm(folder, { recursive: true, force: true });
});

async function write(project: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, project, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** The project's marts are where the users that read and publish segments may read without a grant of their own. */
async function profiles({ app }: ProjectCommands): Promise<string> {
  const { dbtConnection, databases } = await app.warehouse();
  const { host, port, user, password } = dbtConnection;
  const output = { type: 'clickhouse', host, port, user, password, schema: databases.published, threads: 2 };
  return JSON.stringify({ corner: { target: 'dev', outputs: { dev: output } } });
}

/** All that a database shows of the project's own tables, and what is in them. */
async function ofTheProject(): Promise<unknown> {
  const { owner } = await plain.app.warehouse();
  const ask = (sql: string) => rowsOf(owner, sql);
  return {
    tables: await ask(
      `select database, name, engine, sorting_key, comment, create_table_query from system.tables where name in ('stg_customers', 'stg_orders', 'dim_customers', 'fct_orders') order by all`,
    ),
    customers: await ask('select * from into.dim_customers order by customer_id'),
    orders: await ask('select * from into.fct_orders order by order_id'),
  };
}

/** Applies what the project says, publishes, and delivers. @returns the lines of the file, without the header. */
async function deliver(commands: ProjectCommands, project: string, sync: string): Promise<string[]> {
  await commands.run('apply');
  await commands.run('segment', 'publish', '--all');
  await commands.run('sync', 'run', sync);
  const exports = join(folder, project, 'out', sync);
  const [file = ''] = await readdir(exports);
  return (await readFile(join(exports, file), 'utf8')).trim().split('\n').slice(1).sort();
}

test('a project that was not written for Sluice keeps what it builds, and gets segments over its tables and its people', async () => {
  await plain.run('build');
  const before = await ofTheProject();
  await initInto({ dir: join(folder, 'first'), isWithoutIdentity: false, isDryRun: false });
  await write('first', { 'models/marts/sluice.yml': CUSTOMERS_WITH_GRAPH, ...activationsFor('customer'), ...PEOPLE });
  await plain.run('build', '--select', '+package:corner', '+profiles');
  expect(await ofTheProject()).toEqual(before);

  expect(await deliver(plain, 'first', 'big-spenders-to-files')).toEqual([
    'upsert,00000000-0000-4000-8000-000000000001,Ada,120.5',
    'upsert,00000000-0000-4000-8000-000000000003,Cleo,80',
  ]);
  // The graph knows the same people by their address, and what the customers' table says of them.
  await plain.run('sync', 'run', 'people-of-gent-to-files');
  const [file = ''] = await readdir(join(folder, 'first', 'out', 'people-of-gent-to-files'));
  const people = await readFile(join(folder, 'first', 'out', 'people-of-gent-to-files', file), 'utf8');
  expect(people).toMatch(/^upsert,ada@example.com,Gent,2$/m);
  expect(people.trim().split('\n')).toHaveLength(2);
});

test('without the identity graph its own customers are the people, and nothing of the package is built', async () => {
  await plain.close();
  await initInto({ dir: join(folder, 'second'), isWithoutIdentity: true, isDryRun: false });
  await write('second', { 'models/marts/sluice.yml': CUSTOMERS_AS_PEOPLE, ...activationsFor('person') });
  plain = projectCommands(home, join(folder, 'second'), 'alone');
  await write('second', { 'profiles.yml': await profiles(plain) });
  const built = z.object({ models: z.array(z.looseObject({ name: z.string(), database: z.string() })) }).parse(await plain.run('build'));
  expect(built.models.map(({ name }) => name).sort()).toEqual(['dim_customers', 'fct_orders', 'stg_customers', 'stg_orders']);

  expect(await deliver(plain, 'second', 'big-spenders-to-files')).toEqual([
    'upsert,00000000-0000-4000-8000-000000000001,Ada,120.5',
    'upsert,00000000-0000-4000-8000-000000000003,Cleo,80',
  ]);
});

/** Schemas, macros and folders of its own; nothing in it knows Sluice. */
const PLAIN = {
  'dbt_project.yml': `name: corner
version: '3.1'
profile: corner

models:
  corner:
    staging: { +schema: staging, +materialized: view }
    marts: { +materialized: table }
`,
  'macros/generate_schema_name.sql': `
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema }}{{ '_' ~ custom_schema_name if custom_schema_name else '' }}
{%- endmacro %}
`,
  'models/staging/stg_customers.sql': `
select
    toUUID(concat('00000000-0000-4000-8000-00000000000', toString(number + 1))) as customer_id,
    ['ada', 'ben', 'cleo'][number + 1] as name,
    ['Gent', 'Utrecht', ''][number + 1] as city
from numbers(3)
`,
  'models/staging/stg_orders.sql': `
select
    number + 1 as order_id,
    toUUID(concat('00000000-0000-4000-8000-00000000000', toString(number % 3 + 1))) as customer_id,
    toDecimal64([100, 10, 80, 20.5][number + 1], 2) as amount,
    toDateTime64('2025-03-01 10:00:00', 3, 'UTC') + toIntervalDay(number) as ordered_at
from numbers(4)
`,
  'models/marts/dim_customers.sql': `
select
    customers.customer_id as customer_id,
    initcap(customers.name) as first_name,
    concat(customers.name, '@example.com') as email,
    customers.city as city,
    sum(orders.amount) as spent,
    min(orders.ordered_at) as customer_since
from {{ ref('stg_customers') }} as customers
inner join {{ ref('stg_orders') }} as orders on orders.customer_id = customers.customer_id
group by customers.customer_id, customers.name, customers.city
`,
  'models/marts/fct_orders.sql': `
select orders.*, customers.email as email
from {{ ref('stg_orders') }} as orders
inner join {{ ref('dim_customers') }} as customers on customers.customer_id = orders.customer_id
`,
};

const TRAITS = `
      - { name: first_name, data_type: String, meta: { sluice: { trait: true, pii: true } } }
      - { name: spent, data_type: 'Decimal(38, 2)', meta: { sluice: { trait: true } } }`;

const CUSTOMERS_AS_PEOPLE = `
models:
  - name: dim_customers
    meta: { sluice: { entity: person, key: customer_id } }
    columns:
      - { name: customer_id, data_type: UUID, data_tests: [unique, not_null] }${TRAITS}
`;

/** Both at once: an entity of its own, and evidence and facts for the graph. */
const CUSTOMERS_WITH_GRAPH = `
models:
  - name: dim_customers
    meta:
      sluice:
        entity: customer
        key: customer_id
        identity: { source: corner, observed_at: customer_since }
    columns:
      - { name: customer_id, data_type: UUID, data_tests: [unique, not_null] }
      - { name: email, meta: { sluice: { identifier: email, entity: person, pii: true } } }
      - { name: city, data_type: String, meta: { sluice: { attribute: city } } }${TRAITS}
  - name: fct_orders
    meta:
      sluice:
        identity: { source: corner, observed_at: ordered_at }
        orders: { order_id: order_id, ordered_at: ordered_at, amount: amount }
    columns:
      - { name: order_id, data_type: UInt64 }
      - { name: email, meta: { sluice: { identifier: email, entity: person, pii: true } } }
      - { name: ordered_at }
      - { name: amount }
`;

const sync = (id: string, segment: string, key: string, fields: string) =>
  `{ id: ${id}, title: ${id}, source: { segment: ${segment} }, destination: files, object: row, mode: mirror, key: ${key}, fields: ${fields} }\n`;

const activationsFor = (entity: string) => ({
  'out/.gitkeep': '',
  'activations/destinations/files.yml': '{ id: files, title: Files, connector: file, config: { folder: out } }\n',
  'activations/segments/big-spenders.yml': `{ id: big-spenders, title: Big spenders, entity: ${entity}, where: { trait: spent, gte: 50 } }\n`,
  'activations/syncs/big-spenders-to-files.yml': sync(
    'big-spenders-to-files',
    'big-spenders',
    '{ id: customer_id }',
    '{ name: first_name, spent: spent }',
  ),
});

const PEOPLE = {
  'activations/segments/people-of-gent.yml':
    '{ id: people-of-gent, title: People of Gent, entity: person, where: { trait: city, is: Gent } }\n',
  'activations/syncs/people-of-gent-to-files.yml': sync(
    'people-of-gent-to-files',
    'people-of-gent',
    '{ email: email }',
    '{ city: city, orders: order_count }',
  ),
};
