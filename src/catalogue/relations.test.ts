import { describe, expect, test } from 'vitest';
import { catalogueOf, type PublishedColumn, type PublishedModel } from './catalogue.ts';
import { isComparable } from './relations.ts';

const column = (name: string, dataType: string): PublishedColumn => ({ name, dataType, description: name, meta: {} });
const person: PublishedModel = {
  name: 'people',
  schema: 'shop',
  alias: 'people',
  description: 'People.',
  meta: { sluice: { entity: 'person', key: 'person_id' } },
  columns: [column('person_id', 'UUID'), column('born_on', 'Date32')],
};
const COLUMNS = [
  column('order_id', 'String'),
  column('person_id', 'UUID'),
  column('at', "Nullable(DateTime64(3, 'UTC'))"),
  column('day', 'Date'),
];

/** `orders` of a person, and `person` of an order. */
function relationsOf(related: object, columns = COLUMNS, tests: PublishedModel['tests'] = []) {
  const orders: PublishedModel = {
    name: 'orders',
    schema: 'shop',
    alias: 'orders',
    description: 'Orders.',
    meta: { sluice: { related: { entity: 'person', key: 'order_id', foreign_key: 'person_id', name: 'orders', ...related } } },
    columns,
    tests,
  };
  const { entities, models } = catalogueOf([person, orders]);
  return { many: entities.get('person')?.related[0], one: models.get('orders')?.related[0] };
}

describe('the time of related rows', () => {
  test('is what the yml names, else the only date or moment', () => {
    expect(relationsOf({ time: 'at' }).many?.time).toBe('at');
    expect(relationsOf({}).many?.time).toBeUndefined();
    expect(relationsOf({}, COLUMNS.slice(0, 3)).many?.time).toBe('at');
    expect(relationsOf({ time: 'at' }).one?.time).toBe('born_on');
  });

  test('must be one', () => {
    expect(() => relationsOf({ time: 'order_id' })).toThrow(
      'names order_id as the time of its rows (`related`, orders), and it is not a time but String',
    );
    expect(() => relationsOf({ time: 'att' })).toThrow(
      'names the column att (`related`, orders), which its yml does not have. Did you mean at?',
    );
  });
});

describe('what dbt tests of a relation', () => {
  const unique = (of: string, isEnforced = true) => ({ is: 'unique', column: of, isEnforced }) as const;
  const facts = (tests: PublishedModel['tests']) => {
    const { many } = relationsOf({}, COLUMNS, tests);
    return { isUnique: many?.isUnique, isWithin: many?.isWithin };
  };

  test('a key that is unique, alone or beside its foreign key', () => {
    expect(facts([])).toEqual({ isUnique: false, isWithin: false });
    expect(facts([unique('order_id')])).toMatchObject({ isUnique: true });
    expect(facts([unique('(person_id, order_id)')])).toMatchObject({ isUnique: true });
    expect(facts([unique('(order_id)')])).toMatchObject({ isUnique: false });
    expect(facts([unique('(person_id, order_id, at)')])).toMatchObject({ isUnique: false });
    expect(facts([unique('order_id', false)])).toMatchObject({ isUnique: false });
  });

  test('foreign keys that all name somebody', () => {
    const within = { is: 'relationships', column: 'person_id', to: 'people', field: 'person_id', isEnforced: true, meta: {} } as const;
    expect(facts([within])).toMatchObject({ isWithin: true });
    expect(facts([{ ...within, isEnforced: false }])).toMatchObject({ isWithin: false });
  });
});

test.each([
  ['UUID', 'Nullable(UUID)', true],
  ['String', 'LowCardinality(Nullable(String))', true],
  ['UInt16', 'UInt64', true],
  ['Int64', 'UInt32', true],
  ['UInt64', 'Int64', false],
  ['UInt64', 'Int8', false],
  ['Int8', 'UInt8', false],
  ['Date', 'Date32', true],
  ['String', 'UUID', false],
  ['String', 'FixedString(4)', false],
  ['String', 'UInt64', false],
])('%s and %s: comparable is %s', (one, other, expected) => {
  expect(isComparable(one, other)).toBe(expected);
  expect(isComparable(other, one)).toBe(expected);
});
