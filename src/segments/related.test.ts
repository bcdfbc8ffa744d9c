import { describe, expect, test } from 'vitest';
import { relatedCatalogue } from '../../test/segments/related-world.ts';
import { said } from '../../test/segments/said.ts';
import { formatProblem } from '../documents/problem.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { compileSegment } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';
import type { SegmentDefinition } from './definition.ts';
import { readDefinition } from './document.ts';
import { tablesOfLeaf } from './reads.ts';
import { cycleThrough } from './references.ts';

const catalogue = relatedCatalogue('sluice', { isTested: true });

function problemsOf(where: object, entity = 'person'): string[] {
  const read = readDefinition({ id: 'one', title: 'One', entity, where });
  if (!read.ok) return read.problems.map((problem) => formatProblem(problem));
  const checked = checkSegment(read.definition, { catalogue, segments: new Map() });
  return checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem));
}

function checked(where: object, entity = 'person', rest: object = {}) {
  const read = readDefinition({ id: 'one', title: 'One', entity, where, ...rest });
  if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem(problem)).join());
  const result = checkSegment(read.definition, { catalogue, segments: new Map() });
  if (!result.ok) throw new Error(result.problems.map((problem) => formatProblem(problem)).join());
  return result;
}

describe('what cannot be asked of related rows is refused where it stands, with what to write', () => {
  test.each([
    [{ related: 'order' }, 'where.related: there is no relation order of a person. It has accounts, orders. Did you mean orders?'],
    [
      { related: 'orders.line' },
      'where.related: there is no relation line of the rows of orders. It has lines, person, store. Did you mean lines?',
    ],
    [{ trait: 'orders.amount', gt: 1 }, 'where.trait: orders are related rows of a person (orders), no trait: write `{ related: orders }`'],
    [
      { related: 'orders', where: [{ column: 'amuont', gt: 1 }] },
      'where.where[0].column: there is no column amuont in rows of orders. There are order_id, profile_id,',
    ],
    [
      { related: 'orders', where: [{ column: 'store', is: 'x' }] },
      'where.where[0].column: store leads to a row of stores: write `store.…`, with one of its columns',
    ],
    [
      { related: 'orders', where: [{ column: 'lines.price', gt: 1 }] },
      'where.where[0].column: lines are many rows (of order_lines), and a filter asks about one: let `related` lead to them',
    ],
    [
      { related: 'orders', where: [{ column: 'stor.city', is: 'x' }] },
      'there is no relation stor of the rows of orders. It has person, store. Did you mean store?',
    ],
    [{ related: 'orders', where: [{ column: 'amount', contains: 'x' }] }, 'where.where[0].contains: contains does not fit a number'],
    [{ related: 'orders', where: [{ is: 'x' }] }, 'where.where[0]: needs `column`: which column it tests'],
    [{ related: 'orders', where: [{ column: 'amount' }] }, 'where.where[0]: needs an operator: one of is,'],
    [{ related: 'orders', where: [] }, 'where.where: an empty list: leave it out'],
    [{ related: 'orders', last: true }, 'where.last: expected what it is: { where: [ { column: …, is: … } ] }'],
    [{ related: 'orders', last: { where: [] } }, 'where.last.where: an empty list: leave it out'],
    [
      { related: 'orders', last: { where: [{ column: 'status', is: 'x' }] } },
      'where.last: needs `at`: which column says when. Rows of orders have ordered_at, shipped_on.',
    ],
    [
      { related: 'orders', at: 'ordered_at', first: { where: [{ column: 'sattus', is: 'x' }] } },
      'where.first.where[0].column: there is no column sattus in rows of orders.',
    ],
    [
      { related: 'orders', at: 'ordered_at', count: { gt: 1 }, last: { where: [{ column: 'status', is: 'x' }] } },
      'where: takes one of count and last: join two conditions with `all`',
    ],
    [{ related: 'orders', count: { gt: { of: { during: { last: '30d' } } } } }, 'where.during: needs `at`: which column says when.'],
    [
      { related: 'orders', at: 'ordered_at', sum: { column: 'amount', lt: { times: 0, of: { during: { last: '30d' } } } } },
      'where.sum.lt.times: a factor above 0 with at most 6 digits, such as 0.5',
    ],
    [
      { related: 'orders', at: 'ordered_at', min: { column: 'shipped_on', lt: { of: { during: { last: '30d' } } } } },
      'where.min.column: shipped_on is a date: with another window whole numbers up to 64 bits, decimals up to 38 digits and floats are compared',
    ],
    [
      { related: 'orders', at: 'ordered_at', count: { gt: { of: { during: { since: { trait: 'last_order_at' } } } } } },
      'where.count.gt.of.during: windows of traits cannot be compared: use lengths, dates or periods',
    ],
    [
      { related: 'orders', at: 'ordered_at', during: { since: { trait: 'city' } } },
      'where.during.since.trait: city is a text: a window begins or ends with a trait that is a date or a moment',
    ],
    [
      { related: 'orders', during: { last: '30d' } },
      'where.during: needs `at`: which column says when. Rows of orders have ordered_at, shipped_on.',
    ],
    [
      { related: 'orders.lines', during: { last: '30d' } },
      'where.during: needs `at`: which column says when. Rows of order_lines have none.',
    ],
    [
      { related: 'orders', during: { last: '30d' }, at: 'amount' },
      'where.at: amount is a number, and windows need a date or a moment. Rows of orders have ordered_at, shipped_on.',
    ],
    [{ related: 'orders', during: { between: ['90d', '30d'] }, at: 'ordered_at' }, 'where.during.between: write the shorter length first'],
    [{ related: 'orders', count: { between: [3, 1] } }, 'where.count.between: write the lower number first'],
    [
      { related: 'orders', count: { gte: 1 }, sum: { column: 'amount', gt: 1 } },
      'where: takes one of count and sum: join two conditions with `all`',
    ],
    [{ related: 'orders', sum: { column: 'status', gt: 1 } }, 'where.sum.column: sum needs numbers, and status is a text'],
    [{ related: 'orders', max: { column: 'tags', gt: 1 } }, 'where.max.column: max needs numbers, dates or moments, and tags is a list'],
    [{ related: 'orders', sum: { column: 'amount', gt: 'much' } }, 'where.sum.gt: expected a number, not the text "much"'],
    [{ related: 'orders', sum: { column: 'amount' } }, 'where.sum: needs a comparison: one of eq, gt, gte, lt, lte, between'],
    [
      { related: 'orders', sum: { column: 'amount', before: '2026-01-01' } },
      'where.sum.before: before does not fit a number; these do: eq,',
    ],
    [{ related: 'orders', max: { column: 'ordered_at', gt: 5 } }, 'where.max.gt: expected a text, not the number 5'],
    [
      { related: 'orders', avg: { column: 'amount', gt: '0.100000000000000000001' } },
      'where.avg.gt: an average is compared with at most 20 digits',
    ],
    [
      { related: 'orders', distinct: { column: 'tags', gte: 2 } },
      'where.distinct.column: distinct needs single values, and tags is a list',
    ],
    [{ related: 'orders', repeats: { column: 'status', lte: 2 } }, 'where.repeats: counts a value that occurs, so 0 is never the number'],
    [
      { related: 'accounts', that: { trait: 'name', exists: true } },
      'where.that: is a condition on an entity, and these are rows of account_members. They lead to one: write `related: ….person` or `related: ….account`',
    ],
    [{ related: 'orders.lines', that: { trait: 'name', exists: true } }, 'these are rows of order_lines. Test their columns with `where`.'],
    [
      { related: 'accounts.account', that: { trait: 'nam', exists: true } },
      'where.that.trait: there is no trait nam of a account. Did you mean name?',
    ],
    [{ related: 'accounts.account', that: 5 }, 'where.that: expected a condition: an object with one of all'],
    [{ related: 'accounts.account', that: { trate: 'x' } }, 'where.that: is no condition: it has none of all'],
    [
      { related: 'orders', every: [{ column: 'person', that: { event: 'Page Viewed', where: [{ property: 'a`b', exists: true }] } }] },
      'where.every[0].that.where[0].property: a property is named by letters',
    ],
    [{ related: 'orders', whre: [] }, 'where.whre: there is no whre here. Did you mean where?'],
  ])('%j', (where, problem) => {
    expect(problemsOf(where).join('\n')).toContain(problem);
  });

  test('two columns that cannot be equal, and one without a type', () => {
    const orders = catalogue.entities.get('person')?.related.find(({ name }) => name === 'orders');
    const problemWith = (types: { from: string | undefined; to: string | undefined }) => {
      const person = catalogue.entities.get('person');
      if (!person || !orders) throw new Error('no people');
      const entities = new Map([...catalogue.entities, ['person', { ...person, related: [{ ...orders, types }] }] as const]);
      const read = readDefinition({ id: 'one', title: 'One', entity: 'person', where: { related: 'orders' } });
      if (!read.ok) throw new Error('not read');
      const result = checkSegment(read.definition, { catalogue: { ...catalogue, entities }, segments: new Map() });
      return result.ok ? [] : result.problems.map((problem) => formatProblem(problem));
    };
    expect(problemWith({ from: 'UUID', to: 'String' })).toEqual([
      'where.related: orders goes by profiles.profile_id, a UUID, and orders.profile_id, a String: give both the same type in the models',
    ]);
    expect(problemWith({ from: 'UInt64', to: 'Int32' })).toHaveLength(1);
    expect(problemWith({ from: 'UInt64', to: 'Nullable(UInt16)' })).toEqual([]);
    expect(problemWith({ from: 'UUID', to: undefined })).toEqual([
      'where.related: orders goes by the column orders.profile_id, whose yml states no data_type: write it there',
    ]);
  });
});

test.each([
  [{ related: 'orders' }, 'at least 1 of their orders'],
  [{ related: 'orders', count: { eq: 0 }, where: [{ column: 'is_gift', is: true }] }, 'none of their orders, where is_gift is true'],
  [
    { related: 'orders', where: [{ column: 'store_id', is: 367 }], during: { last: '180d' }, at: 'ordered_at', count: { gte: 5 } },
    'at least 5 of their orders with ordered_at in the last 180 days, where store_id is 367',
  ],
  [
    {
      related: 'orders.lines',
      where: [
        { column: 'product.category', is: ['tea', 'coffee'] },
        { column: 'price', gt: 2 },
      ],
    },
    'at least 1 of their orders → lines, where product.category is tea or coffee and price is more than 2',
  ],
  [{ related: 'orders', sum: { column: 'amount', gte: 200 } }, 'the sum of amount of their orders is at least 200'],
  [
    { related: 'orders', max: { column: 'ordered_at', before: '2026-01-01' } },
    'the latest ordered_at of their orders is before 1 January 2026',
  ],
  [{ related: 'orders', distinct: { column: 'store.city', gte: 3 } }, 'at least 3 different values of store.city among their orders'],
  [{ related: 'orders', repeats: { column: 'status', eq: 2 } }, 'one value of status exactly 2 times among their orders'],
  [{ related: 'orders', every: [{ column: 'status', is: 'paid' }] }, 'every one of their orders: status is paid'],
  [
    { related: 'accounts.account', that: { all: [{ trait: 'revenue', gt: 1000 }, { not: { trait: 'name', missing: true } }] } },
    'at least 1 of their accounts → account, that meets (all of these (revenue is more than 1000; not (name has no value)))',
  ],
  [
    { related: 'orders', at: 'ordered_at', last: { where: [{ column: 'store.city', is: 'Gent' }] } },
    'the last of their orders with ordered_at is one where store.city is Gent',
  ],
  [
    {
      related: 'orders',
      at: 'ordered_at',
      during: { this: 'month' },
      sum: { column: 'amount', lt: { times: 0.5, of: { during: { previous: { months: 3 } }, per: 3 } } },
    },
    'the sum of amount of their orders with ordered_at this month is less than 0.5 times that in the 3 whole months before this one divided by 3',
  ],
  [
    { related: 'orders', at: 'ordered_at', during: { since: { trait: 'last_order_at' } }, count: { gte: 2 } },
    'at least 2 of their orders with ordered_at since last_order_at',
  ],
])('%j reads: %s', (where, expected) => {
  expect(said(where)).toBe(expected);
});

test('a segment that is named within `that` is a reference: cycles through it are found', () => {
  const defined = (id: string, entity: string, where: object): SegmentDefinition => {
    const read = readDefinition({ id, title: id, entity, where });
    if (!read.ok) throw new Error('not read');
    return read.definition;
  };
  const one = defined('one', 'person', { related: 'orders', where: [{ column: 'person', that: { segment: 'two' } }] });
  const two = defined('two', 'person', { related: 'accounts.account', that: { related: 'members.person', that: { segment: 'one' } } });
  const segments = new Map([one, two].map((definition) => [definition.id, definition]));
  expect(cycleThrough(one, segments)).toEqual({ ids: ['one', 'two', 'one'], path: ['where', 'where', 0, 'that', 'segment'] });
});

test('as_of names rows of any time, and what stands within `that`', () => {
  const where = {
    all: [
      { related: 'orders' },
      { related: 'orders', during: { last: '30d' }, at: 'ordered_at' },
      { related: 'accounts.account', that: { trait: 'name', exists: true }, during: { last: '1d' }, at: 'region.region_id' },
    ],
  };
  const { warnings } = checked({ all: where.all.slice(0, 2) }, 'person', { as_of: '2026-01-01' });
  expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/: where\.all\[0\] \(the rows of orders, of any time\)$/)]);
});

test('every table that a condition reads is known, those within `that` too', () => {
  const { segment } = checked({
    related: 'orders.lines',
    where: [
      { column: 'product.category', is: 'tea' },
      { column: 'order.person', that: { trait: 'city', is: 'x' } },
    ],
  });
  const [leaf] = [segment.root];
  const tables = leaf.kind === 'related' ? tablesOfLeaf(leaf).map(({ table }) => table) : [];
  expect(tables.sort()).toEqual(['order_lines', 'orders', 'products', 'profiles']);
});

test('filters count against the limit of conditions, and values never change the SQL', () => {
  const many = Array.from({ length: 501 }, (_, index) => ({ related: 'orders', where: [{ column: 'status', is: `s${index}` }] }));
  expect(problemsOf({ any: many })).toEqual([expect.stringMatching(/^where: has 1,002 conditions/)]);
  const context = { now: new Date(0), timezone: 'UTC', members: { database: 's', table: 'm' }, versions: new Map<string, string>() };
  const sqlOf = (text: string) => {
    const { segment } = checked({ related: 'orders', where: [{ column: 'store.city', is: text }], repeats: { column: 'status', gte: 2 } });
    return [compileSegment(segment, context).sql, compileConditions(segment, context).sql];
  };
  for (const hostile of ["' or 1=1 --", '{p0:String}', '`', '\\']) expect(sqlOf(hostile)).toEqual(sqlOf('harmless'));
});
