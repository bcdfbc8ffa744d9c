import { describe, expect, test } from 'vitest';
import { catalogueOf, type PublishedColumn, type PublishedModel } from './catalogue.ts';
import { relationPaths } from './relation-paths.ts';

const column = (name: string, dataType: string | undefined, meta: object = {}): PublishedColumn => ({
  name,
  dataType,
  description: `About ${name}.`,
  meta: { sluice: meta },
});
const model = (
  name: string,
  meta: object,
  columns: readonly PublishedColumn[] = [],
  tests: PublishedModel['tests'] = [],
): PublishedModel => ({
  name,
  schema: 'shop',
  alias: name,
  description: `About ${name}.`,
  meta: { sluice: meta },
  columns,
  tests,
});
const trait = (name: string, dataType: string | undefined) => column(name, dataType, { trait: true });
const householdId = column('household_id', 'UUID');
const household = { entity: 'household', key: 'household_id' };
const households = model('dim_households', { ...household, label: 'Household' }, [householdId, trait('city', 'String')]);
const stream = (name: string, events: object, columns: readonly PublishedColumn[]) =>
  model(name, { events: { ...household, time: 'at', ...events } }, [householdId, column('at', 'DateTime'), ...columns]);
const unique = (of: string) => ({ is: 'unique', column: of, isEnforced: true }) as const;
const pointsTo = (of: string, to: string, field: string, meta: object = {}, isEnforced = true) =>
  ({ is: 'relationships', column: of, to, field, isEnforced, meta: { sluice: meta } }) as const;

const entityOf = (models: readonly PublishedModel[], name = 'household') => {
  const entity = catalogueOf(models).entities.get(name);
  if (!entity) throw new Error(`no ${name}`);
  return entity;
};

describe('an entity', () => {
  test('is what any model declares, with the traits of any number of models, and is called by its label', () => {
    const entity = entityOf([
      model('household_scores', household, [householdId, trait('score', 'Float64')]),
      households,
      model('household_region', household, [householdId, trait('region', 'String')]),
    ]);
    expect(entity).toMatchObject({ label: 'Household', key: 'household_id', table: { database: 'shop', table: 'dim_households' } });
    expect([...entity.traits.keys()].sort()).toEqual(['city', 'region', 'score']);
    expect(entity.tables.map(({ table }) => table.table)).toEqual(['dim_households', 'household_region', 'household_scores']);
  });

  test('has the table with the label as its own; of several or none, the package’s, then the first by name', () => {
    const own = (...models: readonly [name: string, label?: string][]) =>
      entityOf(
        models.map(([name, label]) => model(name, { entity: 'person', key: 'id', ...(label ? { label } : {}) }, [column('id', 'UUID')])),
        'person',
      ).table.table;
    expect(own(['a_traits'], ['dim_customers', 'Customer'])).toBe('dim_customers');
    expect(own(['dim_customers', 'Customer'], ['profiles', 'Person'])).toBe('profiles');
    expect(own(['profiles'], ['dim_customers', 'Customer'])).toBe('dim_customers');
    expect(own(['b'], ['a'])).toBe('a');
    expect(own(['b'], ['profiles'])).toBe('profiles');
    expect(own(['b', 'One'], ['a', 'Other'])).toBe('a');
  });

  test('knows of each of its tables what dbt tests: no key twice, and none that is nobody’s', () => {
    const tested = (tests: PublishedModel['tests']) =>
      entityOf([households, model('household_scores', household, [householdId], tests)]).tables[1];
    const points = pointsTo('household_id', 'dim_households', 'household_id');
    expect(tested([unique('household_id'), points])).toMatchObject({ isUnique: true, isWithin: true });
    expect(tested([])).toMatchObject({ isUnique: false, isWithin: false });
    expect(tested([unique('other'), pointsTo('household_id', 'other', 'household_id')])).toMatchObject({
      isUnique: false,
      isWithin: false,
    });
    // dbt's test ignores nulls.
    const nullable = model('household_scores', household, [column('household_id', 'Nullable(UUID)')], [points]);
    expect(entityOf([households, nullable]).tables[1]).toMatchObject({ isWithin: false });
    // A test that only warns guarantees nothing.
    expect(
      tested([
        { ...unique('household_id'), isEnforced: false },
        { ...points, isEnforced: false },
      ]),
    ).toMatchObject({
      isUnique: false,
      isWithin: false,
    });
  });
});

describe('a stream of events', () => {
  test('is named by a column of the model, or else by the name itself; any number of them belong to one entity', () => {
    const { streams } = entityOf([
      households,
      stream('app_events', { name: 'kind', properties: 'payload' }, [column('kind', "Enum8('a' = 1)"), column('payload', 'JSON')]),
      stream('fct_orders', { name: 'Order Placed', properties: ['amount'] }, [
        column('amount', 'Nullable(Decimal(18, 2))', { label: 'Amount', pii: true }),
      ]),
    ]);
    expect(streams).toMatchObject([
      {
        name: 'app_events',
        key: 'household_id',
        time: { column: 'at', kind: 'time' },
        event: { is: 'column', column: 'kind', needsCast: true },
        properties: { is: 'json', column: 'payload' },
      },
      { name: 'fct_orders', event: { is: 'constant', name: 'Order Placed' }, properties: { is: 'columns' } },
    ]);
    const { properties } = streams[1] ?? {};
    expect(properties?.is === 'columns' && properties.columns.get('amount')).toMatchObject({
      label: 'Amount',
      description: 'About amount.',
      type: 'Nullable(Decimal(18, 2))',
      isPii: true,
      column: { isNullable: true, value: { kind: 'number' } },
    });
  });

  test('may tell several events of a model, each at its own time', () => {
    const events = ['ordered', 'shipped'].map((name) => ({ ...household, time: `${name}_at`, name: `Order ${name}` }));
    const orders = model('orders', { events }, [householdId, column('ordered_at', 'Date'), column('shipped_at', 'Nullable(DateTime)')]);
    expect(entityOf([households, orders]).streams.map(({ time }) => time)).toEqual([
      { column: 'ordered_at', kind: 'date' },
      { column: 'shipped_at', kind: 'time' },
    ]);
  });
});

const orderColumns = [column('order_id', 'String'), householdId, column('status', 'String'), column('raw', 'JSON')];
const orders = model(
  'orders',
  { related: { entity: 'household', key: 'order_id', foreign_key: 'household_id', name: 'orders' } },
  orderColumns,
);
const products = model('products', { key: 'product_id' }, [column('product_id', 'String')]);
const lines = model(
  'order_lines',
  {
    key: 'line_id',
    related: [
      { model: 'orders', foreign_key: 'order_id', name: 'lines', inverse: 'order' },
      { model: 'products', foreign_key: 'product_id', name: 'lines', inverse: 'product' },
    ],
  },
  ['line_id', 'order_id', 'product_id'].map((name) => column(name, 'String')),
);

describe('a relation', () => {
  test('leads in both directions, with the typed columns of the rows that it leads to', () => {
    const catalogue = catalogueOf([households, orders, lines, products]);
    const [toOrders] = catalogue.entities.get('household')?.related ?? [];
    expect(toOrders).toMatchObject({
      name: 'orders',
      cardinality: 'many',
      to: { model: 'orders' },
      table: { table: 'orders' },
      column: 'household_id',
      key: 'order_id',
      from: { table: { table: 'dim_households' }, column: 'household_id' },
    });
    expect([...(toOrders?.columns.keys() ?? [])]).toEqual(['order_id', 'household_id', 'status']);
    expect(catalogue.models.get('orders')?.related).toMatchObject([
      { name: 'lines', cardinality: 'many', to: { model: 'order_lines' }, key: 'line_id' },
      { name: 'household', cardinality: 'one', to: { entity: 'household' }, column: 'household_id', key: 'household_id' },
    ]);
  });

  test('is walked to any depth, each way once and never straight back', () => {
    const catalogue = catalogueOf([households, orders, lines, products]);
    const paths = relationPaths(catalogue, 'household').map(({ path, relation }) => `${path.join(' → ')} (${relation.cardinality})`);
    expect(paths).toEqual(['orders (many)', 'orders → lines (many)', 'orders → lines → product (one)']);
  });

  test('leads to an entity where the model’s rows are one', () => {
    const person = model(
      'dim_people',
      { entity: 'person', key: 'person_id', related: { entity: 'household', foreign_key: 'household_id', name: 'members' } },
      [column('person_id', 'UUID'), householdId],
    );
    const catalogue = catalogueOf([households, person, orders]);
    expect(catalogue.entities.get('household')?.related.find(({ name }) => name === 'members')?.to).toEqual({ entity: 'person' });
    expect(relationPaths(catalogue, 'person').map(({ path }) => path.join(' → '))).toEqual(['household', 'household → orders']);
  });

  test('is also what a relationships test of dbt says, by its name or with a key and an inverse', () => {
    const tested = (related: unknown) =>
      model('order_lines', { key: 'line_id' }, lines.columns, [pointsTo('order_id', 'orders', 'order_id', { related })]);
    const named = catalogueOf([households, orders, tested('lines')]);
    expect(named.models.get('orders')?.related).toContainEqual(
      expect.objectContaining({ name: 'lines', column: 'order_id', key: 'line_id' }),
    );
    const full = catalogueOf([households, orders, tested({ name: 'lines', key: 'product_id', inverse: 'order' })]);
    expect(full.models.get('orders')?.related).toContainEqual(expect.objectContaining({ name: 'lines', key: 'product_id' }));
    expect(full.models.get('order_lines')?.related).toMatchObject([{ name: 'order', cardinality: 'one' }]);
  });

  test('that both a test and the meta declare is one', () => {
    const both = model('orders', orders.meta.sluice as object, orderColumns, [
      pointsTo('household_id', 'dim_households', 'household_id', { related: { name: 'orders', key: 'order_id' } }),
    ]);
    expect(entityOf([households, both]).related).toHaveLength(1);
  });
});

test('the spelling of before still reads, as what it means now', () => {
  const old = catalogueOf([
    model('profiles', { role: 'traits', entity: 'person', key: 'profile_id' }, [trait('city', 'String'), column('profile_id', 'UUID')]),
    model('events', { role: 'events', entity: 'person' }),
    model('orders', { role: 'related', entity: 'person', name: 'orders', key: 'order_id', foreign_key: 'profile_id' }, [
      column('profile_id', 'UUID'),
    ]),
  ]);
  const person = { entity: 'person', key: 'profile_id' };
  const id = column('profile_id', 'UUID');
  const plain = (name: string, dataType: string | undefined) => ({ ...column(name, dataType), description: '', meta: {} });
  const now = catalogueOf([
    model('profiles', person, [trait('city', 'String'), column('profile_id', 'UUID')]),
    model('events', { events: { ...person, time: 'occurred_at', name: 'event_name', properties: 'properties' } }, [
      id,
      plain('occurred_at', "DateTime64(3, 'UTC')"),
      plain('event_name', 'String'),
      plain('properties', 'JSON'),
    ]),
    model('orders', { related: { entity: 'person', key: 'order_id', foreign_key: 'profile_id', name: 'orders' } }, [
      id,
      plain('order_id', undefined),
    ]),
  ]);
  expect(old).toEqual(now);
});

const related = (meta: object, columns = orderColumns) => model('orders', { related: meta }, columns);
const toHousehold = { entity: 'household', key: 'order_id', foreign_key: 'household_id', name: 'orders' };

describe('what cannot be used is refused with what to write', () => {
  test.each<[string, readonly PublishedModel[], string]>([
    ['an entity without a key', [model('d', { entity: 'store' })], 'The model d says `entity: store` and no key. Write `key: store_id`'],
    [
      'a key that the yml does not have',
      [model('d', household, [column('householdid', 'UUID')])],
      'The meta.sluice of the model d names the column household_id (`key`), which its yml does not have. Did you mean householdid?',
    ],
    [
      'a key of several columns',
      [model('d', { ...household, key: ['a', 'b'] })],
      "has a key of several columns (a, b), and a key is the name of one column: make one of them in the model, such as `concat(toString(a), '|', toString(b))`",
    ],
    [
      'a foreign key of several columns',
      [households, related({ ...toHousehold, foreign_key: ['a', 'b'] })],
      'a foreign_key of several columns',
    ],
    [
      'one trait in two models',
      [households, model('more', household, [householdId, trait('city', 'String')])],
      'The trait city of household is declared by two models: dim_households and more. Take `trait: true` away',
    ],
    ['a trait without a type', [model('d', household, [householdId, trait('x', undefined)])], 'The column d.x has no data_type. Write it'],
    [
      'traits under two keys',
      [households, model('more', { ...household, key: 'id' }, [column('id', 'UUID')])],
      'under different keys (household_id, id). Let the column have one name in both: `id as household_id` in more.',
    ],
    [
      'events of an unknown entity',
      [households, model('e', { events: { entity: 'houshold', key: 'k', time: 't', name: 'x' } })],
      'The events of the model e are of the entity houshold, which no model declares. Did you mean household?',
    ],
    ['a stream without its key', [households, stream('e', { name: 'x', key: 'hid' }, [])], 'names the column hid (`events.key`)'],
    [
      'a time that is none',
      [households, stream('e', { name: 'x', time: 'n' }, [column('n', 'String')])],
      'the column n, which is not a time but String',
    ],
    [
      'a name that is no text',
      [households, stream('e', { name: 'n' }, [column('n', 'UInt8')])],
      'named by the column n, which is not a text but UInt8',
    ],
    [
      'properties that are no JSON',
      [households, stream('e', { name: 'x', properties: 'n' }, [column('n', 'UInt8')])],
      'not JSON but UInt8. Write `properties: [n]`',
    ],
    [
      'a property without a type',
      [households, stream('e', { name: 'x', properties: ['n'] }, [column('n', undefined)])],
      'The column e.n has no data_type',
    ],
    [
      'a property by which nothing can be asked',
      [households, stream('e', { name: 'x', properties: ['n'] }, [column('n', 'JSON')])],
      'e.n has the type JSON, which conditions cannot use. Write `properties: n`',
    ],
    [
      'a property that the yml does not have',
      [households, stream('e', { name: 'x', properties: ['amuont'] }, [column('amount', 'UInt8')])],
      'names the column amuont (`events.properties`), which its yml does not have. Did you mean amount?',
    ],
    [
      'two streams of one name',
      [households, stream('one', { name: 'Order' }, []), stream('other', { name: 'Order' }, [])],
      'Two streams of events of household are named Order: the models one and other. Write another `events.name`',
    ],
    ['a key of a stream that nobody knows', [households, stream('e', { name: 'x', propertys: 'n' }, [])], 'propertys'],
    [
      'a relation to an unknown entity',
      [households, related({ ...toHousehold, entity: 'houshold' })],
      'The relation orders of the model orders leads to the entity houshold, which no model declares. Did you mean household?',
    ],
    [
      'a relation to an unknown model',
      [households, related({ model: 'dim_household', key: 'order_id', foreign_key: 'household_id', name: 'orders' })],
      'leads to the model dim_household, which is not there. Did you mean dim_households?',
    ],
    [
      'a relation to nothing',
      [households, related({ key: 'order_id', foreign_key: 'household_id', name: 'orders' })],
      'needs one of `entity` and `model`',
    ],
    [
      'a relation without a key',
      [households, related({ entity: 'household', foreign_key: 'household_id', name: 'orders' })],
      'The relation orders of the model orders says no key. Write `key: …` in it',
    ],
    [
      'a foreign key that the yml does not have',
      [households, related({ ...toHousehold, foreign_key: 'house' })],
      'names the column house (`related`, orders), which its yml does not have',
    ],
    [
      'a model without a key that a relation leads to',
      [households, orders, model('products', {}, []), lines],
      'leads to the model products, whose yml says no key. Write `meta: { sluice: { key: … } }` there: the column that order_lines.product_id names.',
    ],
    [
      'two relations of one name',
      [households, orders, model('old_orders', { related: toHousehold }, orderColumns)],
      'household has two relations named orders: to old_orders (by dim_households.household_id = old_orders.household_id) and to orders',
    ],
    [
      'two ways back of one name',
      [households, related([toHousehold, { ...toHousehold, foreign_key: 'status', name: 'gifts' }])],
      'orders has two relations named household: to dim_households (by orders.household_id = dim_households.household_id) and to dim_households (by orders.status = dim_households.household_id). Give one of them another `inverse`',
    ],
    [
      'rows that belong to each other in a circle',
      [
        model('a', { key: 'id', related: { model: 'b', foreign_key: 'b_id', name: 'as' } }, [column('id', 'UUID'), column('b_id', 'UUID')]),
        model('b', { key: 'id', related: { model: 'a', foreign_key: 'a_id', name: 'bs' } }, [column('id', 'UUID'), column('a_id', 'UUID')]),
      ],
      'Relations lead round in a circle: a → b → a (by a.b_id, b.a_id).',
    ],
    [
      'rows that belong to each other',
      [model('a', { key: 'id', related: { model: 'a', foreign_key: 'up', name: 'below' } }, [column('id', 'UUID'), column('up', 'UUID')])],
      'Relations lead round in a circle: a → a (by a.up).',
    ],
    [
      'a test of a source that says related',
      [model('a', {}, [column('x', 'UUID')], [{ ...pointsTo('x', '', 'y', { related: 'z' }), to: undefined }])],
      'The relationships test of a.x says `related` and points to no model.',
    ],
    [
      'a word of a model that there is not',
      [model('a', { entty: 'person', key: 'x' }, [column('x', 'UUID')])],
      'The meta.sluice of the model a says `entty`, which is not one of its words. Did you mean entity?',
    ],
    [
      'a word of a column that there is not',
      [model('a', {}, [column('x', 'UUID', { triat: true })])],
      'The meta.sluice of a.x says `triat`, which is not one of its words. Did you mean trait? There are attribute,',
    ],
    [
      'a word of a test that there is not',
      [model('a', {}, [column('x', 'UUID')], [pointsTo('x', 'b', 'y', { relatd: 'z' })])],
      'The meta.sluice of the relationships test of a.x says `relatd`',
    ],
    [
      'what is no block',
      [{ ...model('a', {}), meta: { sluice: 'person' } }],
      'The meta.sluice of the model a is "person", and must be a block',
    ],
  ])('%s', (_, models, message) => {
    expect(() => catalogueOf(models)).toThrow(message);
  });
});
