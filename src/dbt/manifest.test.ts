import { describe, expect, test } from 'vitest';
import { Manifest } from './manifest.ts';

const node = (resourceType: string, name: string, more: object = {}) => ({
  resource_type: resourceType,
  unique_id: `${resourceType}.shop.${name}`,
  name,
  package_name: 'shop',
  schema: 'shop',
  alias: name,
  description: '',
  original_file_path: `${name}.sql`,
  meta: {},
  columns: {},
  depends_on: { nodes: [] },
  config: { materialized: 'table', meta: {} },
  ...more,
});
const testOf = (name: string, column: string, kwargs: object = {}, config: object = {}, to: readonly string[] = []) => ({
  resource_type: 'test',
  attached_node: 'model.shop.orders',
  column_name: column,
  test_metadata: { name, kwargs: { column_name: column, ...kwargs } },
  depends_on: { nodes: [...to, 'model.shop.orders'] },
  meta: {},
  config: { severity: 'ERROR', where: null, limit: null, warn_if: '!= 0', error_if: '!= 0', ...config },
});
const read = (nodes: readonly object[]) =>
  Manifest.parse({ nodes: Object.fromEntries(nodes.map((one, index) => [`n${index}`, one])) }).models;

describe('dbt’s manifest', () => {
  test('has models, snapshots and seeds, and nothing else', () => {
    const seed = node('seed', 'stores', { depends_on: { macros: [] }, config: { materialized: 'seed' } });
    const models = read([node('model', 'orders'), node('snapshot', 'prices'), seed, node('operation', 'hook'), { resource_type: 'test' }]);
    expect(models.map(({ name }) => name)).toEqual(['orders', 'prices', 'stores']);
  });

  test('says the meta of a model and of a column in both spellings, put together', () => {
    const [orders] = read([
      node('model', 'orders', {
        meta: { owner: 'x', sluice: { entity: 'order', key: 'old' } },
        config: { materialized: 'view', meta: { sluice: { key: 'order_id' } } },
        columns: {
          city: {
            name: 'city',
            description: '',
            data_type: 'String',
            meta: { sluice: { trait: true } },
            config: { meta: { sluice: { pii: true } } },
          },
          plain: { name: 'plain', description: '', meta: {}, config: { meta: { sluice: { label: 'Plain' } } } },
          old: { name: 'old', description: '', meta: { sluice: { label: 'Old' } } },
        },
      }),
    ]);
    expect(orders?.meta).toEqual({ owner: 'x', sluice: { entity: 'order', key: 'order_id' } });
    expect(orders?.columns.map(({ meta }) => meta)).toEqual([
      { sluice: { trait: true, pii: true } },
      { sluice: { label: 'Plain' } },
      { sluice: { label: 'Old' } },
    ]);
  });

  test('says which columns dbt tests to be unique, or to be among those of another model', () => {
    const [orders] = read([
      node('model', 'orders'),
      node('model', 'people'),
      testOf('unique', 'order_id'),
      testOf('not_null', 'order_id'),
      testOf('relationships', 'person_id', { to: "ref('people')", field: 'id' }, { meta: { sluice: { related: 'orders' } } }, [
        'model.shop.people',
      ]),
      testOf('relationships', 'store_id', { to: "source('a', 'b')", field: 'id' }, {}, ['source.shop.a.b']),
    ]);
    expect(orders?.tests).toEqual([
      expect.objectContaining({ is: 'unique', column: 'order_id', isEnforced: true }),
      expect.objectContaining({
        is: 'relationships',
        column: 'person_id',
        to: 'people',
        field: 'id',
        meta: { sluice: { related: 'orders' } },
      }),
      expect.objectContaining({ column: 'store_id', to: undefined }),
    ]);
  });

  test.each([{ severity: 'warn' }, { where: 'x > 1' }, { limit: 10 }, { error_if: '> 100' }])(
    'does not take a test with %j for a promise',
    (config) => {
      const [orders] = read([node('model', 'orders'), testOf('unique', 'order_id', {}, config)]);
      expect(orders?.tests).toMatchObject([{ isEnforced: false }]);
    },
  );
});
