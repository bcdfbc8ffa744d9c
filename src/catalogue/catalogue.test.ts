import { describe, expect, test } from 'vitest';
import { catalogueOf, type PublishedColumn, type PublishedModel } from './catalogue.ts';
import { readColumnType } from './column-kind.ts';

const column = (name: string, dataType: string | undefined, meta: object = { trait: true }): PublishedColumn => ({
  name,
  dataType,
  description: `About ${name}.`,
  meta: { sluice: meta },
});
const key: PublishedColumn = { name: 'profile_id', dataType: 'UUID', description: 'Key.', meta: {} };
const model = (name: string, meta: object, columns: PublishedColumn[] = [], keys = [key]): PublishedModel => ({
  name,
  schema: 'sluice',
  alias: name,
  description: `About ${name}.`,
  meta: { sluice: meta },
  columns: [...keys, ...columns],
});
const person = { role: 'traits', entity: 'person', key: 'profile_id' };
const keyedBy = (dataType: string) => model('profiles', person, [], [{ ...key, dataType }]);

describe('the catalogue', () => {
  test('takes traits from the columns that say so, with what the contract and the meta tell', () => {
    const columns = [
      column('email', 'Nullable(String)', { trait: true, label: 'E-mail', pii: true }),
      column('computed_at', "DateTime64(3, 'UTC')", {}),
    ];
    const entity = catalogueOf([model('profiles', person, columns)]).entities.get('person');
    expect([...(entity?.traits.keys() ?? [])]).toEqual(['email']);
    expect(entity?.traits.get('email')).toMatchObject({
      label: 'E-mail',
      isPii: true,
      description: 'About email.',
      column: { isNullable: true, value: { kind: 'text' } },
    });
  });

  test('knows the entity’s own table by its published name, whatever the order of the models', () => {
    const models = [model('profile_traits', person), model('profiles', person)];
    expect(catalogueOf(models).entities.get('person')?.table).toEqual({ database: 'sluice', table: 'profiles' });
  });

  test('takes the type of a key from the entity’s own table', () => {
    const traits = model('profile_traits', person, [], [{ ...key, dataType: 'Nullable(UUID)' }]);
    expect(catalogueOf([traits, keyedBy('UUID')]).entities.get('person')?.keyType).toBe('UUID');
    expect(catalogueOf([keyedBy('LowCardinality(String)')]).entities.get('person')?.keyType).toBe('LowCardinality(String)');
  });

  test('takes events and relations from the models that declare them', () => {
    const related = { role: 'related', entity: 'person', name: 'orders', key: 'order_id', foreign_key: 'profile_id' };
    const entity = catalogueOf([
      model('profiles', person),
      model('events', { role: 'events', entity: 'person' }),
      model('orders', related),
    ]).entities.get('person');
    expect(entity?.streams).toMatchObject([{ table: { table: 'events' }, key: 'profile_id', time: { column: 'occurred_at' } }]);
    expect(entity?.related).toMatchObject([{ name: 'orders', cardinality: 'many', column: 'profile_id', key: 'order_id' }]);
  });

  test('reads undeclared traits from the one JSON column that its yml names for them', () => {
    const open = column('traits', 'JSON', { traits: true, pii: true });
    expect(catalogueOf([model('profiles', person, [open])]).entities.get('person')?.openTraits).toEqual({
      column: 'traits',
      description: 'About traits.',
      isPii: true,
      table: { database: 'sluice', table: 'profiles' },
    });
    expect(() => catalogueOf([model('profiles', person, [column('traits', 'String', { traits: true })])])).toThrow('profiles.traits');
    expect(() => catalogueOf([model('profiles', person, [open]), model('more', person, [open])])).toThrow('both hold the traits of person');
  });

  test('tells traits of one label apart by their names, and leaves the others alone', () => {
    const labelled = (name: string, label: string) => column(name, 'String', { trait: true, label });
    const columns = [
      labelled('city', 'City'),
      labelled('home_city', ' city '),
      labelled('town', 'City (city)'),
      labelled('country', 'Country'),
    ];
    const traits =
      catalogueOf([model('profiles', person, columns)])
        .entities.get('person')
        ?.traits.values() ?? [];
    const labels = [...traits].map(({ label }) => label);
    expect(labels).toEqual(['City (city) (city)', 'city (home_city)', 'City (city) (town)', 'Country']);
    expect(new Set(labels.map((label) => label.toLowerCase())).size).toBe(4);
  });

  test('ignores models and meta that do not concern Sluice', () => {
    expect(catalogueOf([model('metrics', { freshness: 'at' }), { ...model('other', {}), meta: { owner: 'x' } }]).entities.size).toBe(0);
  });

  test.each([
    ['a role that it does not know', [model('profiles', { role: 'trait', entity: 'person' })], 'The meta.sluice of the model profiles'],
    ['a trait without a declared type', [model('profiles', person, [column('city', undefined)])], 'profiles.city has no data_type'],
    ['a trait that no condition can use', [model('profiles', person, [column('extra', 'JSON')])], 'has the type JSON'],
    [
      'a trait that two models declare',
      [model('profiles', person, [column('city', 'String')]), model('profile_traits', person, [column('city', 'String')])],
      'declared by two models',
    ],
    [
      'a key of no declared type, saying what to add',
      [model('profiles', person, [], [])],
      "profiles.profile_id of person has no data_type. Add it to the model's yml: columns: [{ name: profile_id, data_type: UUID }]",
    ],
    ['a float as a key', [keyedBy('Nullable(Float64)')], 'has the type Nullable(Float64). A key is one column that holds a whole number'],
    ['a tuple as a key', [keyedBy('Tuple(UInt64, String)')], 'has the type Tuple(UInt64, String)'],
    [
      'a key that is called like another column of an audience view',
      [model('editions', { ...person, key: 'version' }, [], [{ ...key, name: 'version' }])],
      'has the name of another column of audience views',
    ],
    ['two columns as a key', [model('lines', { ...person, key: ['order_id', 'line'] })], 'a key is the name of one column'],
    ['traits under two keys', [model('profiles', person), model('profile_traits', { ...person, key: 'id' })], 'under different keys'],
  ])('refuses %s, naming the model', (_, models, message) => {
    expect(() => catalogueOf(models)).toThrow(message);
  });
});

test.each([
  ['String', 'text'],
  ['LowCardinality(Nullable(String))', 'text'],
  ['UUID', 'text'],
  ["Enum8('a' = 1)", 'text'],
  ['Bool', 'boolean'],
  ['Nullable(Date)', 'date'],
  ['Date32', 'date'],
  ["DateTime('UTC')", 'time'],
  ["Nullable(DateTime64(3, 'UTC'))", 'time'],
  ['UInt64', 'number'],
  ['Decimal(18, 2)', 'number'],
  ['Decimal64(4)', 'number'],
  ['Float32', 'number'],
  ['Array(LowCardinality(String))', 'list'],
  ['Array(UInt16)', 'list'],
  ['Array(Bool)', 'list'],
  ['Array(Nullable(Float64))', 'list'],
  ['Decimal(18)', 'number'],
  ['JSON', undefined],
  ['Map(String, String)', undefined],
  ['Array(Array(String))', undefined],
  ['Tuple(a String)', undefined],
])('the column type %s holds %s', (type, kind) => {
  expect(readColumnType(type)?.value.kind).toBe(kind);
});
