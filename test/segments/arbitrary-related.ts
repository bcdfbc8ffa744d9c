/** Random related rows and conditions on them, for people and for accounts, drawn from small pools so that the two meet. */
import fc from 'fast-check';
import type { Node } from '../../src/segments/definition.ts';
import { idOf } from './arbitrary.ts';
import { traitWindows } from './arbitrary-windows.ts';
import { DATES, DURATIONS, from, MOMENTS, orNull } from './pools.ts';
import type { RelatedRows, Row } from './related-world.ts';

const ORDERS = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8'];
const ACCOUNTS = ['a1', 'a2', 'a3', 'a4', 'a5', "a'6"];
const REGIONS = ['north', 'south', 'west'];
const WORDS = ['NL', 'Gent', 'gent', "O'Brien", ''];
const AMOUNTS = ['0', '0.10', '2.50', '20', '250.00', '99.99', '-1.00'];
/** Of nobody, and of nothing. */
const STRANGER = '00000000-0000-4000-8000-00000000ffff';

const person = fc.oneof(
  { weight: 8, arbitrary: fc.nat(14).map(idOf) },
  { weight: 1, arbitrary: from([STRANGER]) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const lists = fc.array(from(['NL', 'Gent']), { maxLength: 2 });

const orders = fc.record({
  order_id: fc.oneof({ weight: 9, arbitrary: from(ORDERS) }, { weight: 1, arbitrary: fc.constant(null) }),
  profile_id: person,
  store_id: orNull([1, 2, 3, 9]),
  ordered_at: orNull(MOMENTS),
  shipped_on: orNull(DATES.slice(2)),
  amount: orNull(AMOUNTS),
  fee: from(['0', '0.1', '0.1000000001', '-0.005', '9007199254740993']),
  points: from(['0', '1', '3', '9223372036854775807', '-9223372036854775808']),
  weight: orNull([0, 0.25, 0.5, 1, 2.5, -1]),
  status: from(WORDS),
  is_gift: orNull([true, false]),
  tags: lists,
});
const lines = fc.record({
  order_id: orNull([...ORDERS, 'o404']),
  product_id: orNull([1, 2, 3, 404]),
  quantity: from([0, 1, 3]),
  price: orNull(AMOUNTS),
});
const stores = fc.record({
  store_id: from([1, 2, 3]),
  region_id: orNull([...REGIONS, 'nowhere']),
  city: orNull(WORDS),
  opened_at: from(MOMENTS),
  badges: lists,
});
const accounts = fc.record({ region_id: orNull([...REGIONS, 'nowhere']), name: orNull(WORDS), revenue: orNull([...AMOUNTS, '5000']) });
const members = fc.record({
  account_id: fc.oneof(
    { weight: 8, arbitrary: from(ACCOUNTS) },
    { weight: 1, arbitrary: from(['a404']) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  profile_id: person,
  role: orNull(['owner', 'user']),
  since: orNull(MOMENTS),
});

/** Some of the rows twice: tables without a test may have that. */
const withTwins = <T>(rows: fc.Arbitrary<T>, maxLength: number) => fc.array(rows, { maxLength }).map((all) => [...all, ...all.slice(0, 2)]);

export const relatedRows: fc.Arbitrary<RelatedRows> = fc
  .record({
    orders: withTwins(orders, 40),
    lines: fc.array(lines, { maxLength: 60 }),
    products: fc.array(fc.record({ category: orNull(['tea', 'NL']), size: from([0, 1, 20]) }), { minLength: 3, maxLength: 3 }),
    stores: withTwins(stores, 5),
    accounts: fc.array(accounts, { minLength: ACCOUNTS.length, maxLength: ACCOUNTS.length }),
    members: withTwins(members, 30),
  })
  .map((drawn) => ({
    orders: drawn.orders as readonly Row[],
    order_lines: drawn.lines.map((line, index) => ({ line_id: `l${index}`, ...line })),
    products: drawn.products.map((product, index) => ({ product_id: index + 1, ...product })),
    stores: drawn.stores as readonly Row[],
    regions: REGIONS.map((region_id, index) => ({ region_id, name: WORDS[index] ?? '' })),
    accounts: drawn.accounts.map((account, index) => ({ account_id: ACCOUNTS[index] ?? '', ...account })),
    account_members: drawn.members as readonly Row[],
  }));

const one = <K extends string, T>(key: K, value: fc.Arbitrary<T>) => value.map((operand) => ({ [key]: operand }));
const some = <T>(values: fc.Arbitrary<T>) => fc.uniqueArray(values, { minLength: 1, maxLength: 3 });
const sorted = (values: fc.Arbitrary<number | string>) =>
  fc.tuple(values, values).map((pair) => [...pair].sort((a, b) => (typeof a === 'number' ? a - Number(b) : a < String(b) ? -1 : 1)));

const words = from(WORDS.filter((word) => word !== ''));
const existence = fc.oneof(one('exists', fc.constant(true)), one('missing', fc.constant(true)));
const texts = (pool: fc.Arbitrary<string>) =>
  fc.oneof(
    one('is', fc.oneof(pool, some(pool))),
    one('is_not', pool),
    one('not_in', some(pool)),
    one('contains', from(['e', 'N'])),
    one('matches', from(['^N', 'e.t$'])),
    existence,
  );
const quantities = from([0, 1, 2, 3, 20, 0.1, 2.5, 99.99, -1, 1e6]);
const numbers = fc.oneof(
  one('is', fc.oneof(quantities, some(quantities))),
  one('is_not', quantities),
  ...(['gt', 'gte', 'lt', 'lte'] as const).map((operator) => one(operator, quantities)),
  one('between', sorted(quantities)),
  existence,
);
const days = from([...DATES].slice(2));
const lengths = one('last', from(DURATIONS));
const times = fc.oneof(one('before', from(MOMENTS)), one('after', days), one('is', days), one('within', lengths), existence);
const lastDays = one('within', one('last', from(['1d', '30d'])));
const dates = fc.oneof(one('before', days), one('gte', days), one('is_not', days), lastDays, existence);
const booleans = fc.oneof(one('is', fc.boolean()), one('is_not', fc.boolean()), existence);
const listed = fc.oneof(
  ...['has_any', 'has_all', 'has_none'].map((operator) => one(operator, some(from(['NL', 'Gent', 'zz'])))),
  existence,
);

const of = (column: string, operators: fc.Arbitrary<object>) => operators.map((operator) => ({ column, ...operator }));

const REGION = (to: string) => of(`${to}name`, texts(words));
const STORE = (to: string) => [
  of(`${to}city`, texts(words)),
  of(`${to}badges`, listed),
  of(`${to}opened_at`, times),
  of(`${to}store_id`, numbers),
  REGION(`${to}region.`),
];
const ORDER = (to: string) => [
  of(`${to}amount`, numbers),
  of(`${to}fee`, numbers),
  of(`${to}points`, numbers),
  of(`${to}weight`, numbers),
  of(`${to}status`, texts(words)),
  of(`${to}is_gift`, booleans),
  of(`${to}tags`, listed),
  of(`${to}ordered_at`, times),
  of(`${to}shipped_on`, dates),
  ...STORE(`${to}store.`),
];
const PRODUCT = (to: string) => [of(`${to}category`, texts(from(['tea', 'NL']))), of(`${to}size`, numbers)];
const LINE = (to: string) => [of(`${to}quantity`, numbers), of(`${to}price`, numbers), ...PRODUCT(`${to}product.`)];
const ACCOUNT = (to: string) => [of(`${to}name`, texts(words)), of(`${to}revenue`, numbers), REGION(`${to}region.`)];

/** What may be asked of the rows at the end of a path. */
interface Rows {
  readonly path: string;
  readonly filters: readonly fc.Arbitrary<object>[];
  /** Columns for sums; and for the least and greatest with the operators that fit; and for what is counted. */
  readonly summed: readonly string[];
  readonly dated?: readonly string[];
  readonly counted: readonly string[];
  /** Paths to time columns; `undefined` where none has to be named. */
  readonly times?: readonly (string | undefined)[];
  /** The entity that each row is, or that a relation leads to from it. */
  readonly that?: readonly { readonly column?: string; readonly entity: 'person' | 'account' }[];
}

const OF_ORDERS = {
  filters: ORDER(''),
  summed: ['amount', 'fee', 'points', 'weight', 'store.store_id'],
  dated: ['ordered_at', 'shipped_on', 'store.opened_at'],
  counted: ['status', 'store_id', 'amount', 'weight', 'is_gift', 'ordered_at', 'shipped_on', 'store.city', 'store.region.name'],
  times: ['ordered_at', 'shipped_on', 'store.opened_at'],
};
const OF_LINES = {
  filters: [...LINE(''), ...ORDER('order.')],
  summed: ['price', 'quantity', 'product.size', 'order.amount'],
  counted: ['product_id', 'product.category', 'order.status', 'order.store.city', 'line_id'],
  times: ['order.ordered_at', 'order.shipped_on'],
};
const OF_STORES = {
  filters: STORE(''),
  summed: ['store_id'],
  dated: ['opened_at'],
  counted: ['city', 'region.name'],
  times: [undefined, 'opened_at'],
};
const OF_MEMBERS = { summed: [], dated: ['since'], times: [undefined, 'since'] };

const OF_PERSON: readonly Rows[] = [
  { path: 'orders', ...OF_ORDERS, that: [{ column: 'person', entity: 'person' }] },
  { path: 'orders.lines', ...OF_LINES },
  { path: 'orders.lines.product', filters: PRODUCT(''), summed: ['size'], counted: ['category'] },
  { path: 'orders.store', ...OF_STORES },
  { path: 'orders.store.region', filters: [REGION('')], summed: [], counted: ['name'] },
  { path: 'orders.store.region.accounts', filters: ACCOUNT(''), summed: ['revenue'], counted: ['name'], that: [{ entity: 'account' }] },
  {
    path: 'accounts',
    ...OF_MEMBERS,
    filters: [of('role', texts(from(['owner', 'user']))), ...ACCOUNT('account.')],
    counted: ['role', 'account_id', 'account.name'],
    that: [{ column: 'account', entity: 'account' }],
  },
  { path: 'accounts.account', filters: ACCOUNT(''), summed: ['revenue'], counted: ['name'], that: [{ entity: 'account' }] },
];
const OF_ACCOUNT: readonly Rows[] = [
  {
    path: 'members',
    ...OF_MEMBERS,
    filters: [of('role', texts(from(['owner', 'user']))), of('person.first_seen_at', times)],
    counted: ['role', 'profile_id'],
    that: [{ column: 'person', entity: 'person' }],
  },
  { path: 'members.person', filters: [of('first_seen_at', times)], summed: [], counted: ['profile_id'], that: [{ entity: 'person' }] },
  { path: 'members.person.orders', ...OF_ORDERS },
  { path: 'region', filters: [REGION('')], summed: [], counted: ['name'] },
  { path: 'region.stores', ...OF_STORES },
];

const times4 = fc.nat(3);
const counts = fc.oneof(
  ...['eq', 'gte', 'lte', 'gt', 'lt'].map((operator) => one(operator, operator === 'lt' ? from([1, 2, 3]) : times4)),
  one(
    'between',
    fc.tuple(times4, times4).map((pair) => [...pair].sort((a, b) => a - b)),
  ),
);
const occurrences = fc.oneof(one('eq', from([1, 2, 3])), one('gte', from([1, 2])), one('between', fc.constant([1, 2])));
const thresholds = fc.oneof(
  ...(['eq', 'gt', 'gte', 'lt', 'lte'] as const).map((operator) =>
    one(operator, fc.oneof(quantities, from(['9223372036854775807', '0.05', '18446744073709551614']))),
  ),
  one('between', sorted(quantities)),
);
const moments = fc.oneof(one('gte', days), one('before', days), one('eq', days), one('after', days));
const otherWindow = (windows: fc.Arbitrary<object>) =>
  fc.record({
    times: from<number | string>([0.5, 1, 2, '1.50']),
    of: fc.record({ during: windows, per: from([1, 2, 3]) }, { requiredKeys: ['during'] }),
  });
const comparisons = (windows: fc.Arbitrary<object>) =>
  fc.tuple(from(['eq', 'gt', 'gte', 'lt', 'lte']), otherWindow(windows)).map(([comparison, other]) => ({ [comparison]: other }));
const during = fc.oneof(lengths, one('between', fc.constant(['1d', '30d'])), one('from', days), one('to', from(MOMENTS)));

export interface Inner {
  readonly person: fc.Arbitrary<Node>;
  readonly account: fc.Arbitrary<Node>;
}

function conditionOn(rows: Rows, inner: Inner, who: 'person' | 'account'): fc.Arbitrary<Node> {
  const that = (rows.that ?? []).map(({ column, entity }) => inner[entity].map((node) => ({ ...(column ? { column } : {}), that: node })));
  const filters = fc.array(
    fc.oneof({ weight: 3, arbitrary: fc.oneof(...rows.filters) }, ...that.map((arbitrary) => ({ weight: 1, arbitrary }))),
    { minLength: 1, maxLength: 2 },
  );
  const summed =
    rows.summed.length === 0
      ? []
      : (['sum', 'avg', 'min', 'max'] as const).map((is) =>
          one(
            is,
            from(rows.summed).chain((column) => of(column, thresholds)),
          ),
        );
  const dated =
    (rows.dated ?? []).length === 0
      ? []
      : (['min', 'max'] as const).map((is) =>
          one(
            is,
            from(rows.dated ?? []).chain((column) => of(column, moments)),
          ),
        );
  const measure = fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 4, arbitrary: one('count', counts) },
    { weight: 2, arbitrary: one('every', filters) },
    {
      weight: 1,
      arbitrary: one(
        'distinct',
        from(rows.counted).chain((column) => of(column, counts)),
      ),
    },
    {
      weight: 1,
      arbitrary: one(
        'repeats',
        from(rows.counted).chain((column) => of(column, occurrences)),
      ),
    },
    ...[...summed, ...dated].map((arbitrary) => ({ weight: 1, arbitrary })),
  );
  const window =
    (rows.times ?? []).length === 0
      ? fc.constant({})
      : fc.oneof(
          { weight: 2, arbitrary: fc.constant({}) },
          {
            weight: 1,
            arbitrary: fc.tuple(from(rows.times ?? []), during).map(([at, asked]) => ({ ...(at ? { at } : {}), during: asked })),
          },
        );
  const placed = (asked: fc.Arbitrary<object>, measures: fc.Arbitrary<object>) =>
    fc.tuple(from(rows.times ?? []), asked, measures).map(([at, asks, measured]) => ({ ...(at ? { at } : {}), ...asks, ...measured }));
  /** What needs a time: the first or last, another window, a window of traits. */
  const timed =
    (rows.times ?? []).length === 0
      ? []
      : [
          placed(
            fc.oneof(fc.constant({}), one('during', during)),
            fc.oneof(one('first', one('where', filters)), one('last', one('where', filters))),
          ),
          placed(
            fc.oneof(fc.constant({}), one('during', during)),
            fc.oneof(
              one('count', comparisons(during)),
              ...(rows.summed.length === 0
                ? []
                : (['sum', 'avg', 'min', 'max'] as const).map((is) =>
                    one(
                      is,
                      from(rows.summed).chain((column) => of(column, comparisons(during))),
                    ),
                  )),
            ),
          ),
          ...(who === 'person' ? [placed(one('during', traitWindows), measure)] : []),
        ];
  const direct = rows.that?.find(({ column }) => column === undefined);
  const itself = direct ? fc.oneof(fc.constant({}), one('that', inner[direct.entity])) : fc.constant({});
  return fc
    .tuple(
      fc.option(filters, { nil: undefined, freq: 3 }),
      fc.oneof(
        { weight: 3, arbitrary: fc.tuple(measure, window).map((parts): object => Object.assign({}, ...parts)) },
        ...timed.map((arbitrary) => ({ weight: 1, arbitrary })),
      ),
      itself,
    )
    .map(([where, ...parts]) => ({ related: rows.path, ...(where ? { where } : {}), ...Object.assign({}, ...parts) }) as Node);
}

const accountTraits = fc.oneof(
  texts(words).map((operator) => ({ trait: 'name', ...operator })),
  numbers.map((operator) => ({ trait: 'revenue', ...operator })),
) as fc.Arbitrary<Node>;

/** Conditions on related rows among others, in groups; `people`: any conditions on people without related rows. */
export function relatedNodes(entity: 'person' | 'account', people: fc.Arbitrary<Node>): fc.Arbitrary<Node> {
  const { person, account } = fc.letrec<{ person: Node; account: Node }>((tie) => {
    const inner = { person: tie('person'), account: tie('account') };
    const plain = { person: people, account: accountTraits };
    const grouped = (who: 'person' | 'account', paths: readonly Rows[]) =>
      fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        { weight: 1, arbitrary: plain[who] },
        { weight: 4, arbitrary: from(paths).chain((rows) => conditionOn(rows, inner, who)) },
        { weight: 1, arbitrary: fc.array(tie(who), { minLength: 1, maxLength: 3 }).map((all) => ({ all })) },
        { weight: 1, arbitrary: fc.array(tie(who), { minLength: 1, maxLength: 3 }).map((any) => ({ any })) },
        { weight: 1, arbitrary: tie(who).map((not) => ({ not })) },
      ) as fc.Arbitrary<Node>;
    return { person: grouped('person', OF_PERSON), account: grouped('account', OF_ACCOUNT) };
  });
  return entity === 'person' ? person : account;
}
