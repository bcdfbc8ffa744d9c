/**
 * A plain dbt project that was not written for Sluice: profile, schemas, comment, macros and hooks are its own. Tests put the package beside it and
 * look at both.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { defineQuery } from '../src/warehouse/query.ts';
import type { Warehouse } from '../src/warehouse/warehouse.ts';
import { runSql } from './warehouse.ts';

const PRODUCT_DIR = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

export interface PlainProject {
  readonly dir: string;
  /** First part of its schemas: `<schema>`, `<schema>_staging`, `<schema>_marts`. */
  readonly schema: string;
  write(path: string, text: string): Promise<void>;
  /** Puts the package beside it, as its owner would: packages.yml, and a block of settings. */
  addSluice(settings?: string): Promise<void>;
  /** Drops its schemas too. */
  remove(): Promise<void>;
}

export interface PlainProjectOptions {
  /** Folder of profiles.yml; default the project's own. */
  readonly profilesDir?: string;
  /** A port that is not the warehouse's. */
  readonly port?: number;
}

export async function plainProject(warehouse: Warehouse, options: PlainProjectOptions = {}): Promise<PlainProject> {
  const dir = await mkdtemp(join(tmpdir(), 'plain-project-'));
  // With the prefix of the test, so that whatever a killed run leaves is dropped by a later one.
  const schema = `${warehouse.prefix}_shop`;
  const { host, port, user, password } = warehouse.dbtConnection;
  const write = async (path: string, text: string) => {
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  for (const [path, text] of Object.entries(FILES)) await write(path, text);
  const profiles = options.profilesDir ?? dir;
  await mkdir(profiles, { recursive: true });
  await writeFile(
    join(profiles, 'profiles.yml'),
    `
corner_shop:
  target: dev
  outputs:
    dev: &output
      type: clickhouse
      host: ${host}
      port: ${options.port ?? port}
      user: ${user}
      password: ${JSON.stringify(password)}
      schema: ${schema}
      threads: 3
      custom_settings: { max_result_rows: 0, log_comment: nightly of the shop }
    other:
      <<: *output
      schema: ${schema}_other
      threads: 1
`,
  );
  return {
    dir,
    schema,
    write,
    async addSluice(settings = '{}') {
      await write('packages.yml', `packages:\n  - local: ${PRODUCT_DIR}\n`);
      await write(
        'dbt_project.yml',
        `${FILES['dbt_project.yml']}\nflags:\n  require_ref_searches_node_package_before_root: true\n\nvars:\n  currency: EUR\n  sluice: ${settings}\n`,
      );
    },
    async remove() {
      const databases = await warehouse.owner.ask(schemasOf, { schema });
      for (const { name } of databases) {
        const sql = `drop database if exists ${name} sync`;
        await runSql(warehouse.owner, sql);
      }
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const schemasOf = defineQuery({
  name: 'test.schemas',
  sql: 'select name from system.databases where startsWith(name, {schema:String})',
  params: z.object({ schema: z.string() }),
  row: z.object({ name: z.string() }),
});

const FILES: Readonly<Record<string, string>> = {
  'dbt_project.yml': `name: corner_shop
version: '3.1'
config-version: 2
profile: corner_shop

query-comment: 'corner shop {{ target.name }}'

seeds:
  corner_shop:
    +order_by: country_code

models:
  # Meant for its own models; to dbt, for those of packages too.
  +schema: elsewhere
  corner_shop:
    staging:
      +schema: staging
      +materialized: view
    marts:
      +schema: marts
      +materialized: table
`,
  'macros/generate_schema_name.sql': `
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema }}{{ '_' ~ custom_schema_name if custom_schema_name else '' }}
{%- endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{ custom_alias_name or node.name }}
{%- endmacro %}
`,
  // Names that the package and the adapter have too.
  'macros/engine_clause.sql': `
{% macro engine_clause() -%}
    engine = ReplacingMergeTree()
{%- endmacro %}

{% macro to_text(value) -%}
    concat('shop ', toString({{ value }}))
{%- endmacro %}

{% macro database_prefix() -%}
    {{ exceptions.raise_compiler_error('the prefix of the shop') }}
{%- endmacro %}

{% macro setting(name) -%}
    {{ exceptions.raise_compiler_error('a setting of the shop') }}
{%- endmacro %}

{% macro session_settings() -%}
    {{ exceptions.raise_compiler_error('settings of the shop') }}
{%- endmacro %}
`,
  'seeds/countries.csv': 'country_code,country\nDE,Germany\nFR,France\n',
  'models/staging/stg_shop__customers.sql': `
select customer_id, email, country_code, seen_at
from values(
    'customer_id UInt64, email String, country_code String, seen_at DateTime',
    (1, 'ada@shop.example', 'DE', '2025-01-01 10:00:00'), (2, 'bob@shop.example', 'FR', '2025-01-02 10:00:00')
)
`,
  'models/staging/stg_shop__orders.sql': `
select order_id, customer_id, amount, ordered_at
from values(
    'order_id UInt64, customer_id UInt64, amount Decimal(18, 2), ordered_at DateTime',
    (10, 1, 12.5, '2025-02-01 10:00:00'), (11, 1, 7.5, '2025-02-02 10:00:00'), (12, 2, 30, '2025-02-03 10:00:00')
)
`,
  'models/marts/dim_customers.sql': `
{{ config(order_by='customer_id') }}
select customers.customer_id as customer_id, {{ to_text('customers.customer_id') }} as label, customers.email as email, countries.country as country
from {{ ref('stg_shop__customers') }} as customers
inner join {{ ref('countries') }} as countries on countries.country_code = customers.country_code
`,
  'models/marts/fct_orders.sql': `
{{ config(order_by='order_id') }}
select order_id, customer_id, amount, ordered_at, '{{ var("currency", "EUR") }}' as currency from {{ ref('stg_shop__orders') }}
`,
  'models/marts/fct_orders_by_day.sql': `
{{ config(materialized='incremental', unique_key='day', order_by='day') }}
select toDate(ordered_at) as day, sum(amount) as amount from {{ ref('stg_shop__orders') }} group by day
`,
  'models/marts/marts.yml': `
models:
  - name: dim_customers
    description: One row per customer of the shop
    columns:
      - name: customer_id
        data_tests: [unique, not_null]
  - name: fct_orders
    columns:
      - name: customer_id
        data_tests:
          - relationships:
              arguments: { to: ref('dim_customers'), field: customer_id }
`,
};
