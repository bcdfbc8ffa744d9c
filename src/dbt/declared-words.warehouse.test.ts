/** Declarations in yml and settings that are written in another form than documented: they are understood or reported, never ignored. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyOfProject, type ProjectCopy, testDbt } from '../../test/dbt.ts';
import { rowsOf, testWarehouse } from '../../test/warehouse.ts';
import type { CdpError } from '../errors.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Dbt } from './dbt.ts';
import type { BuildRequest } from './runs.ts';

let warehouse: Warehouse;
/** The macros of the package on a few small models. */
let project: ProjectCopy;
let dbt: Dbt;

beforeAll(async () => {
  [warehouse, project] = await Promise.all([testWarehouse(), copyOfProject({ withModels: false })]);
  await project.write('identity_unlinked', 'select toUInt64(0) as node, false as is_owned where false');
  await project.write(
    'stg_shop__orders',
    `{{ config(order_by='id') }}
    select * from values('id String, email String, total Decimal(18, 2), state String', ('1', 'jo@x.com', 10, 'void'), ('2', 'jo@x.com', 20, 'paid'))`,
  );
  await project.write(
    'orders_read',
    `-- depends_on: {{ ref('identity_unlinked') }} {{ ref('stg_shop__orders') }}
    {% for name in sluice.models_that_say(['orders']) %}{{ sluice.orders_of(name) }}{% else %}select 1{% endfor %}`,
  );
  await project.write(
    'city_shown',
    `select {% for rule in sluice.surviving_columns() if rule.column == 'city' %}{{ sluice.survivor(rule) }}{% endfor %} as shown
    from values('attribute String, value String, source String, observed_at Nullable(DateTime64(3))',
      ('city', 'Delft', 'crm', '2026-02-01 00:00:00'), ('city', 'Gouda', 'o''neil', '2026-01-01 00:00:00'))`,
  );
  await project.write('evidence', `{% do sluice.evidence_sources() %}select 1 as one -- {{ ref('stg_shop__orders') }}`);
  dbt = await testDbt(warehouse, { projectDir: project.dir });
});
afterAll(async () => {
  await dbt.close();
  await Promise.all([warehouse.close(), project.remove()]);
});

const say = (meta: string, email = '{ identifier: email, entity: person }') =>
  writeFile(
    join(project.dir, 'models/orders.yml'),
    `models:\n  - name: stg_shop__orders\n    meta: { sluice: ${meta} }\n    columns:
      - { name: id }\n      - { name: total }\n      - { name: state }\n      - { name: email, meta: { sluice: ${email} } }\n`,
  );
const SAID = 'identity: { source: shop }, orders: { order_id: id, amount: total, status: state';

async function build(request: BuildRequest) {
  const warnings: string[] = [];
  const result = await dbt.build({
    ...request,
    onEvent: (event) => {
      if (event.type === 'warning') warnings.push(event.message);
    },
  });
  return { errors: result.models.flatMap(({ error }) => (error ? [error.message.split('\n')[0]] : [])), warnings };
}
const rows = (sql: string) => rowsOf(warehouse.owner, sql);

test('one word where a list may stand is that word, and no list of its letters', async () => {
  await say(`{ ${SAID}, cancelled: void } }`);
  expect(await build({ select: ['+orders_read'] })).toEqual({ errors: [], warnings: [] });
  expect(await rows('select order_id, is_cancelled from sluice.orders_read order by order_id')).toEqual([
    { order_id: 'shop:1', is_cancelled: 1 },
    { order_id: 'shop:2', is_cancelled: 0 },
  ]);
});

test('a source is preferred whatever is in its name, and a block that says no more than a misspelt word is refused', async () => {
  const shown = async (survivorship: object) => {
    const { errors } = await build({ select: ['city_shown'], vars: { sluice_survivorship: survivorship } });
    expect(errors).toEqual([]);
    const [row] = await rows('select shown.1 as city from sluice.city_shown');
    return row?.city;
  };
  expect(await shown({})).toBe('Delft');
  expect(await shown({ city: { prefer: ["o'neil"] } })).toBe('Gouda');
  expect(await shown({ city: { prefer: "o'neil" } })).toBe('Gouda');
  await expect(shown({ city: { preferr: ['crm'] } })).rejects.toThrow(
    'vars.sluice.survivorship.city: it must be a block { prefer: [source, …] }, with the best source first',
  );
});

test('a misspelt word of meta is told by the build, and one of the block identity stops what reads it', async () => {
  await say(`{ ${SAID} }, ordrs: 1 }`, '{ identifier: email, entity: person, pi: true }');
  expect(await build({ select: ['+orders_read'] })).toEqual({
    errors: [],
    warnings: [
      expect.stringContaining(
        'meta.sluice of stg_shop__orders has the key ordrs, which a model does not have; known: audience, decisions, entity,',
      ),
      expect.stringContaining('meta.sluice of stg_shop__orders.email has the key pi, which a column does not have; known: attribute,'),
    ],
  });
  await say(`{ ${SAID.replace('source: shop', 'source: shop, observed: id')} } }`);
  expect((await build({ select: ['+orders_read'] })).errors).toEqual([
    'models: stg_shop__orders: meta.sluice.identity.observed: there is no such key; known: source, observed_at, links_when, observed_when, appended_at, rows_since',
  ]);
  await say('{ identity: { observed_at: id } }');
  expect(await build({ select: ['evidence'] })).toEqual({
    errors: [],
    warnings: [expect.stringMatching(/^Sluice: stg_shop__orders declares identifiers, and its yml does not name its source/)],
  });
  await say('[{ entity: person }]');
  const refused = await dbt.build().catch((error: CdpError) => error);
  expect(refused).toMatchObject({
    code: 'dbt.invalid_project',
    message: "meta.sluice of stg_shop__orders is [{'entity': 'person'}], and must be a block of keys, such as { entity: person }",
  });
});
