import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyOfProject, type ProjectCopy, testDbt } from '../../test/dbt.ts';
import { rowsOf, runSql, testWarehouse } from '../../test/warehouse.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Dbt } from './dbt.ts';

let warehouse: Warehouse;
let project: ProjectCopy;
let dbt: Dbt;

beforeAll(async () => {
  [warehouse, project] = await Promise.all([testWarehouse(), copyOfProject({ withModels: true })]);
  dbt = await testDbt(warehouse, { projectDir: project.dir });
});
afterAll(async () => {
  await dbt.close();
  await Promise.all([warehouse.close(), project.remove()]);
});

const run = (sql: string) => runSql(warehouse.owner, sql);
const rows = (sql: string) => rowsOf(warehouse.owner, sql);

const MODEL = `{{ config(materialized='table') }}
select
    email,
    town,
    size,
    born,
    agreed,
    toTimeZone(fitted_at, 'Europe/Berlin') as fitted_at,
    changed_at
from {{ source('shop', 'buyers') }}
`;
const YML = `
sources:
  - name: shop
    schema: "{{ env_var('SLUICE_DATABASE_PREFIX', 'sluice') }}_raw"
    tables: [{ name: buyers, identifier: shop__buyers }]
models:
  - name: stg_shop__buyers
    meta: { sluice: { identity: { source: shop, observed_at: changed_at } } }
    columns:
      - { name: email, meta: { sluice: { identifier: email, entity: person } } }
      - { name: town, meta: { sluice: { attribute: city } } }
      - { name: size, meta: { sluice: { attribute: shirt_size, label: Shirt size } } }
      - { name: born, data_type: Nullable(Date32), config: { meta: { sluice: { attribute: birth_date, pii: true } } } }
      - { name: agreed, meta: { sluice: { attribute: consent_email } } }
      - { name: fitted_at, data_type: "DateTime64(3, 'Europe/Berlin')", meta: { sluice: { attribute: first_fitting_at } } }
`;

const SEED_COLUMNS = ['kind', 'entity', 'type_a', 'value_a', 'type_b', 'value_b', 'reason', 'decided_by', 'decided_at'];
const SEED = `${SEED_COLUMNS.join(',')}
force_link,,email,sam@example.com,email,Jo@example.com,one person,ops,2026-03-01
`;

const build = async () => {
  const result = await dbt.build({ select: ['+profiles'] });
  return result.models.flatMap(({ name, error }) => (error ? [`${name}: ${error.message}`] : []));
};

test('a source is a table, a model and a yml: its identifiers and facts are in profiles, and without it the build is green again', async () => {
  await run(`
    create table sluice_raw.shop__buyers engine = MergeTree order by tuple() as
    select * from values(
      'email String, town String, size String, born Nullable(Date32), agreed String, fitted_at DateTime64(3, \\'UTC\\'), changed_at DateTime64(3, \\'UTC\\')',
      ('Jo@Example.com', 'Delft', ' XL ', '1931-02-28', 'Yes', '2026-10-25 00:30:00.000', '2026-03-01 10:00:00'),
      ('sam@example.com', '', '{{ size }}', null, 'perhaps', '2026-10-25 01:30:00.000', '2026-03-01 10:00:00')
    )`);
  const folder = join(project.dir, 'models/staging/shop');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'stg_shop__buyers.sql'), MODEL);
  await writeFile(join(folder, 'stg_shop__buyers.yml'), YML);
  expect(await build()).toEqual([]);
  const found = await rows(`
    select email, email_source, city, city_source, shirt_size, shirt_size_source, toString(birth_date) as birth_date, consent_email,
        toString(first_fitting_at) as first_fitting_at
    from sluice.profiles order by email`);
  expect(found).toEqual([
    {
      email: 'jo@example.com',
      email_source: 'shop',
      city: 'Delft',
      city_source: 'shop',
      shirt_size: 'XL',
      shirt_size_source: 'shop',
      birth_date: '1931-02-28',
      consent_email: true,
      first_fitting_at: '2026-10-25 00:30:00.000',
    },
    // An unstated value is unknown, and an hour that occurs twice when summer time ends keeps its offset.
    {
      email: 'sam@example.com',
      email_source: 'shop',
      city: null,
      city_source: null,
      shirt_size: null,
      shirt_size_source: null,
      birth_date: null,
      consent_email: null,
      first_fitting_at: '2026-10-25 01:30:00.000',
    },
  ]);
  // A decision that is kept in the repository: a seed of the project that nothing else refers to.
  await mkdir(join(project.dir, 'seeds'), { recursive: true });
  await writeFile(join(project.dir, 'seeds/by_hand.csv'), SEED);
  await writeFile(
    join(project.dir, 'seeds/by_hand.yml'),
    `seeds: [{ name: by_hand, meta: { sluice: { decisions: true } }, config: { column_types: { ${SEED_COLUMNS.map((name) => `${name}: String`).join(', ')} } } }]\n`,
  );
  expect(await build()).toEqual([]);
  expect(await rows('select kind, recorded_in, value_a, value_b, reason from sluice_identity.identity_checked_decisions')).toEqual([
    { kind: 'force_link', recorded_in: 'seed', value_a: 'sam@example.com', value_b: 'jo@example.com', reason: 'one person' },
  ]);
  expect(await rows('select count() as people from sluice.profiles')).toEqual([{ people: '1' }]);
  await rm(join(project.dir, 'seeds'), { recursive: true });

  const { models } = await dbt.manifest();
  const declared = models.find(({ uniqueId }) => uniqueId === 'model.sluice.profiles')?.columns ?? [];
  const typesOf = (names: readonly string[]) =>
    rows(
      `select name, type from system.columns where database = '${warehouse.prefix}' and table = 'profiles' and name in (${names.map((name) => `'${name}'`)}) order by name`,
    );
  const further = ['birth_date', 'first_fitting_at', 'shirt_size'];
  // The catalogue promises the columns that the table has.
  expect(await typesOf(further)).toEqual(
    further.map((name) => ({ name, type: declared.find((column) => column.name === name)?.dataType })),
  );

  await rm(folder, { recursive: true });
  expect(await build()).toEqual([]);
  expect(await rows('select email from sluice.profiles')).toEqual([]);
  expect(await typesOf(further)).toEqual([]);
});
