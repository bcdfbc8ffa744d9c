import { expect, test } from 'vitest';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Manifest } from '../dbt/manifest.ts';
import { declaredColumns } from './declared.ts';

const model = (schema: string, alias: string, columns: Record<string, string | undefined>, hasContract = true) => ({
  schema,
  alias,
  hasContract,
  columns: Object.entries(columns).map(([name, dataType]) => ({ name, dataType })),
});
const table = (database: string, name: string) => ({ table: { database, table: name } });

const project = {
  models: [
    model('shop', 'people', { id: 'UUID', email: 'String' }),
    model('mart', 'people_extras', { id: 'UUID', points: 'UInt32' }),
    model('mart', 'loose', { id: 'UUID' }, false),
    model('mart', 'orders', { id: 'UInt64' }),
    model('shop', 'orders', { order_id: 'String' }),
  ] as unknown as Manifest['models'],
  catalogue: {
    entities: new Map(
      Object.entries({
        person: { tables: [table('shop', 'people'), table('mart', 'people_extras')] },
        other: { tables: [table('shop', 'people'), table('mart', 'loose')] },
        foreign: { tables: [table('elsewhere', 'people')] },
      }),
    ),
  } as unknown as Catalogue,
  published: 'shop',
  entityOf: (segment: string) => ({ others: 'other', strangers: 'foreign', gone: 'gone' })[segment],
};

test('a mapping is held against the columns of every table of its entity, or of the published table, as contracts declare them', () => {
  const types = (source: Parameters<typeof declaredColumns>[1]) =>
    [...(declaredColumns(project, source) ?? [])].map(([name, { type }]) => `${name} ${type}`);
  expect([types({ segment: 'people' }), types({ table: 'orders' })]).toEqual([
    ['id UUID', 'email String', 'points UInt32'],
    ['order_id String'],
  ]);
});

test('nothing is said of columns where one table has no contract, is not of the project, or is not known', () => {
  const sources = [{ segment: 'others' }, { segment: 'strangers' }, { segment: 'gone' }, { table: 'loose' }, { table: 'gone' }];
  expect(sources.map((source) => declaredColumns(project, source))).toEqual([undefined, undefined, undefined, undefined, undefined]);
});
