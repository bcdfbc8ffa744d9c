/**
 * The world with enough people, happenings and orders that every audience of audiences/ has members and others. Drawn at random, always the same.
 * Moments are whole quarters of a day from the moment of the question, so that many lie exactly on the edge of a window.
 */
import fc from 'fast-check';
import { type Catalogue, catalogueOf } from '../../src/catalogue/catalogue.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { runSql } from '../warehouse.ts';
import { createRelated, fillRelated, type RelatedRows, type Row, relatedModels } from './related-world.ts';
import { createWorld, fillWorld, type Happening, type Person, type Return, somebody } from './world.ts';

/** The moment of the question. */
export const NOW = '2026-03-31T12:00:00.000Z';

const PEOPLE = 400;
const ACCOUNTS = 60;
const SEED = 15;

const idOf = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const momentAgo = (quarters: number) => new Date(Date.parse(NOW) - quarters * 6 * 3_600_000).toISOString();
const among = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const whole = (min: number, max: number) => fc.integer({ min, max });

/** Quarters of a day: often of this week, mostly of this half of a year, sometimes older or still to come. */
const ago = fc.oneof(
  { weight: 2, arbitrary: whole(0, 28) },
  { weight: 5, arbitrary: whole(0, 480) },
  { weight: 2, arbitrary: whole(0, 1_900) },
  { weight: 1, arbitrary: whole(-12, -1) },
);
const moments = ago.map(momentAgo);
const someMoment = fc.option(moments, { freq: 4 });

/** Habits are a table of traits of this world only. */
const HABITS: Readonly<Record<string, string>> = {
  first_order_at: "Nullable(DateTime64(3, 'UTC'))",
  next_order_on: 'Nullable(Date)',
  sources: 'Array(String)',
  /** To the loyal, as a model of the project scores it. */
  likeness: 'Nullable(Float64)',
};

const people = fc.record({
  country_code: among('BE', 'NL', 'DE', null),
  city: among('Gent', 'gent', 'Antwerpen', 'Utrecht', ''),
  email: among('ada@ACME.example', 'bo@acme.example', 'info@shop.example', 'cy+news@mail.example', 'dee@mail.example', '', null),
  consent_email: among(true, false, null),
  birthday_on: among('1980-02-25', '1992-02-24', '1996-02-29', '1975-02-28', '2001-03-03', '1988-03-04', '1969-11-30', null),
  order_count: whole(0, 12),
  lifetime_value: whole(0, 60).map((steps) => String(steps * 12.5)),
  last_order_at: someMoment,
  lacks_traits: among(true, ...Array<boolean>(9).fill(false)),
});
const habits = fc.record({
  first_order_at: fc.oneof(
    someMoment,
    whole(0, 14).map((days) => `202${days % 6}-04-${String((days % 9) + 1).padStart(2, '0')}T22:30:00.000Z`),
  ),
  next_order_on: fc.option(
    whole(-5, 5).map((days) => momentAgo(days * 4).slice(0, 10)),
    { freq: 4 },
  ),
  sources: fc.subarray(['crm', 'web', 'app', 'pos']),
  likeness: fc.option(
    whole(0, 50).map((steps) => steps / 50),
    { freq: 9 },
  ),
});

const sku = among('espresso', 'filter', 'grinder');
const price = among<unknown>(4.99, 5, 7.5, 10, '8.25', 12, null);
const revenue = among<unknown>(5, 12.5, 49.99, 80, '60.25', 220, null);
const campaign = fc.record({ campaign_id: among('spring', 'summer', 'autumn') });
const product = fc.record({ sku, price });
const PROPERTIES: Readonly<Record<string, fc.Arbitrary<Readonly<Record<string, unknown>>>>> = {
  'Order Completed': fc.record({ revenue, skus: fc.subarray(['espresso', 'filter', 'grinder']) }),
  'Product Added': product,
  'Product Viewed': product,
  'Page Viewed': fc.record({ utm_source: among('google', 'newsletter', null) }),
  'Email Opened': campaign,
  'Email Clicked': campaign,
  'Message Sent': campaign,
};
const happenings = fc.oneof(
  ...Object.entries(PROPERTIES).map(([event_name, properties]) =>
    fc.record({ event_name: fc.constant(event_name), occurred_at: moments, properties, source: among('web', 'app', 'store', '') }),
  ),
);
const returns = ago.map(
  (quarters): Omit<Return, 'customer_id'> => ({
    returned_on: momentAgo(quarters).slice(0, 10),
    revenue: null,
    reason: null,
    is_damaged: null,
    items: 1,
    due_on: null,
  }),
);
const orders = fc.record({
  store_id: among(367, 367, 12, null),
  ordered_at: someMoment,
  amount: among('5.00', '20.00', '49.99', '50.00', '120.00', null),
  products: fc.array(among(1, 2, 3, 4, 5, 6, 7, null), { maxLength: 3 }),
});

/** Few things for some people and many for others. */
const upTo = <T>(arbitrary: fc.Arbitrary<T>, most: number) =>
  whole(0, most).chain((length) => fc.array(arbitrary, { minLength: length, maxLength: length }));
const everything = fc.record({
  person: people,
  habits: fc.option(habits, { freq: 9 }),
  happenings: upTo(happenings, 24),
  returns: upTo(returns, 2),
  orders: upTo(orders, 14),
  accounts: fc.uniqueArray(whole(0, ACCOUNTS - 1), { maxLength: 3 }),
});

export const audienceCatalogue = (prefix: string): Catalogue =>
  catalogueOf([
    ...relatedModels(prefix, true),
    {
      name: 'habits',
      schema: prefix,
      alias: 'habits',
      description: 'habits',
      meta: { sluice: { entity: 'person', key: 'profile_id' } },
      columns: [
        { name: 'profile_id', dataType: 'UUID', description: 'Key.', meta: {} },
        ...Object.entries(HABITS).map(([name, dataType]) => ({ name, dataType, description: name, meta: { sluice: { trait: true } } })),
      ],
      tests: [
        { is: 'unique', column: 'profile_id', isEnforced: true },
        { is: 'relationships', column: 'profile_id', to: 'profiles', field: 'profile_id', isEnforced: true, meta: {} },
      ],
    },
  ]);

export async function createHabits({ owner }: Warehouse): Promise<void> {
  const columns = Object.entries(HABITS).map(([name, type]) => `, ${name} ${type}`);
  await runSql(owner, `create table sluice.habits (profile_id UUID${columns.join('')}) engine = MergeTree order by profile_id`);
}

/** Creates and fills it; two segments are published, in the versions of `VERSIONS`. */
export async function createAudienceWorld(warehouse: Warehouse): Promise<void> {
  const { owner } = warehouse;
  await createWorld(warehouse);
  await createRelated(warehouse);
  await createHabits(warehouse);

  const drawn = fc.sample(everything, { numRuns: PEOPLE, seed: SEED }).map((one, index) => ({ ...one, profile_id: idOf(index) }));
  const all = drawn.map(({ profile_id, person }): Person => somebody(profile_id, person));
  const happened = drawn.flatMap(({ profile_id, happenings: own }) => own.map((one): Happening => ({ profile_id, ...one })));
  const returned = drawn.flatMap(({ profile_id, returns: own }) => own.map((one): Return => ({ customer_id: profile_id, ...one })));
  await fillWorld(warehouse, all, happened, { returns: returned, appEvents: [] });
  await owner.insert(
    'sluice.habits',
    drawn.flatMap(({ profile_id, habits: own }) => (own ? [{ profile_id, ...own }] : [])),
  );
  await fillRelated(warehouse, relatedRowsOf(drawn));
  const memberOf = (segment_id: string, version: number, each: number) =>
    drawn.filter((_, index) => index % each === 0).map(({ profile_id }) => ({ segment_id, version, member_uuid: profile_id }));
  await owner.insert('sluice_state.segment_members', [
    ...memberOf('loyal', 3, 2),
    ...memberOf('loyal', 2, 5),
    ...memberOf('coupon-lovers', 1, 3),
  ]);
}

export const VERSIONS: ReadonlyMap<string, string> = new Map([
  ['loyal', '3'],
  ['coupon-lovers', '1'],
]);

interface Belongings {
  readonly profile_id: string;
  readonly accounts: readonly number[];
  readonly orders: readonly {
    readonly store_id: number | null;
    readonly ordered_at: string | null;
    readonly amount: string | null;
    readonly products: readonly (number | null)[];
  }[];
}

function relatedRowsOf(drawn: readonly Belongings[]): RelatedRows {
  const accountOf = (index: number) => `account ${index}`;
  const bought = drawn.flatMap(({ profile_id, orders: own }) =>
    own.map((order, index) => ({ ...order, profile_id, order_id: `${profile_id}/${index}` })),
  );
  return {
    orders: bought.map(
      ({ products: _, ...order }): Row => ({
        ...order,
        shipped_on: null,
        fee: '0',
        points: 0,
        weight: null,
        status: 'done',
        is_gift: null,
        tags: [],
      }),
    ),
    order_lines: bought.flatMap(({ order_id, products: own }) =>
      own.map((product_id, index): Row => ({ line_id: `${order_id}/${index}`, order_id, product_id, quantity: 1, price: null })),
    ),
    // Some are of a product that nobody describes.
    products: ['coffee', 'coffee', 'tea', 'machines', 'machines', null].map(
      (category, index): Row => ({ product_id: index + 1, category, size: 1 }),
    ),
    stores: [],
    regions: [],
    accounts: Array.from(
      { length: ACCOUNTS },
      (_, index): Row => ({
        account_id: accountOf(index),
        region_id: null,
        name: null,
        revenue: index % 7 === 0 ? null : `${(index * 77) % 2_000}.00`,
      }),
    ),
    account_members: drawn.flatMap(({ profile_id, accounts }) =>
      accounts.map((index): Row => ({ account_id: accountOf(index), profile_id, role: 'owner', since: null })),
    ),
  };
}
