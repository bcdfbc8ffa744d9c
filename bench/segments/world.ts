/**
 * The world of the forty audiences (test/segments/audience-world.ts) at the size of a retailer, made inside the warehouse. Row `n` is a pure
 * function of `n`: two runs make the same. A few people do much and most do little; some events are frequent and some are rare.
 */
import * as z from 'zod';
import { innerType } from '../../src/sql/column-type.ts';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { createHabits, NOW } from '../../test/segments/audience-world.ts';
import { RELATED_COLUMNS, type RelatedTable } from '../../test/segments/related-world.ts';
import { createWorld } from '../../test/segments/world.ts';

export interface WorldSize {
  readonly people: number;
  readonly events: number;
}

/** Sorted as the models of the product are, and as a project would sort its own. */
const SORTED_BY: Readonly<Record<RelatedTable, readonly string[]>> = {
  orders: ['profile_id', 'order_id'],
  order_lines: ['line_id'],
  products: ['product_id'],
  stores: ['store_id'],
  regions: ['region_id'],
  accounts: ['account_id'],
  account_members: ['account_id', 'profile_id'],
};

/** Share of all events, in thousandths, and the text of the properties. Other names than these do not occur. */
const EVENTS: readonly (readonly [name: string, thousandths: number, properties: string])[] = [
  ['Page Viewed', 400, `concat('{"utm_source":', ['"google"', '"newsletter"', 'null', 'null'][draw('utm') % 4 + 1], '}')`],
  [
    'Product Viewed',
    250,
    `concat('{"sku":"sku-', toString(draw('sku') % 5000), '","price":', toString((draw('sku') % 5000 * 7) % 4000 / 100), '}')`,
  ],
  [
    'Product Added',
    100,
    `concat('{"sku":"sku-', toString(draw('sku') % 5000), '","price":', toString((draw('sku') % 5000 * 7) % 4000 / 100), '}')`,
  ],
  ['Message Sent', 100, `concat('{"campaign_id":"campaign-', toString(draw('campaign') % 200), '"}')`],
  ['Email Opened', 60, `concat('{"campaign_id":"campaign-', toString(draw('campaign') % 200), '"}')`],
  [
    'Order Completed',
    60,
    `concat('{"revenue":', toString(draw('revenue') % 20000 / 100), ',"skus":[', if(draw('espresso') % 10 = 0, '"espresso",', ''), if(draw('grinder') % 40 = 0, '"grinder",', ''), '"sku-', toString(draw('sku') % 5000), '"]}')`,
  ],
  ['Email Clicked', 20, `concat('{"campaign_id":"campaign-', toString(draw('campaign') % 200), '"}')`],
  ['Coupon Applied', 8, `concat('{"coupon":"c', toString(draw('coupon') % 50), '"}')`],
  ['Support Requested', 2, `concat('{"topic":"', ['delivery', 'invoice', 'return'][draw('topic') % 3 + 1], '"}')`],
];

export const MOMENT = `toDateTime64('${NOW.slice(0, -1)}', 3, 'UTC')`;
const person = (number: string) => `reinterpretAsUUID(sipHash128(${number}, 'person'))`;
/** A few do much: the most active one in a thousand does one in seventy things. */
const SOMEBODY = person(`toUInt64(pow(draw('who') / 18446744073709551616., 1.6) * {people:UInt64})`);
/** Within 15 months; one in a thousand is still to come. */
const SOMETIME = `${MOMENT} - toIntervalMillisecond(toInt64(draw('when') % 38880000000) - 38880000)`;

/** `draw('what')` in SQL is a number drawn for the row, other for each word. Inserts of more rows than one block are written in parts of a million. */
function insert(table: string, select: string, from: string): string {
  const drawn = select.replaceAll(/draw\(('\w+')\)/g, `sipHash64(number, '${table}', $1)`);
  return `insert into sluice.${table} ${drawn} from ${from}`;
}

const people = 'numbers({people:UInt64})';

const TABLES: readonly string[] = [
  insert(
    'profiles',
    `(profile_id, country_code, city, email, consent_email, first_seen_at, birthday_on, is_member, ledger_id, flags) select
      ${person('number')},
      ['BE', 'BE', 'BE', 'NL', 'NL', 'DE', 'FR', null][draw('country') % 8 + 1],
      ['Gent', 'Antwerpen', 'Utrecht', 'Brussel', 'Leuven', 'gent', ''][draw('city') % 7 + 1],
      multiIf(
          draw('mail') % 10 = 0, null,
          draw('mail') % 500 = 1, concat('info@shop', toString(number), '.example'),
          draw('mail') % 50 = 2, concat('cy', toString(number), '+news@mail.example'),
          concat('u', toString(number), ['@mail.example', '@ACME.example', '@post.example'][least(draw('domain') % 40 + 1, 3)])
      ),
      [true, true, false, null][draw('consent') % 4 + 1],
      ${MOMENT} - toIntervalSecond(draw('seen') % 100000000),
      if(draw('born') % 3 = 0, null, toDate32('1950-01-01') + toIntervalDay(draw('day') % 20000)),
      draw('member') % 5 = 0,
      number,
      []`,
    people,
  ),
  insert(
    'profile_traits',
    `(profile_id, order_count, lifetime_value, score, last_order_at, tags, nickname) select
      ${person('number')},
      toUInt32(12 * pow(draw('orders') % 1000 / 1000, 3)) as orders,
      toDecimal64(orders * (draw('value') % 9000) / 100, 2),
      draw('score') % 1000 / 1000,
      if(draw('last') % 10 < 3, null, ${MOMENT} - toIntervalMinute(draw('ordered') % 500000)),
      if(draw('tagged') % 4 = 0, ['vip', 'club', 'press'], []),
      ''`,
    `${people} where number % 20 != 0`,
  ),
  insert(
    'habits',
    `(profile_id, first_order_at, next_order_on, sources) select
      ${person('number')},
      if(draw('first') % 5 = 0, null, ${MOMENT} - toIntervalMinute(draw('minute') % 2500000)),
      if(draw('next') % 5 = 0, null, toDate(${MOMENT}) + toIntervalDay(toInt64(draw('day') % 60) - 20)),
      arrayFilter((name, place) -> bitTest(draw('sources'), place), ['crm', 'web', 'app', 'pos'], [0, 1, 2, 3])`,
    `${people} where number % 10 != 0`,
  ),
  insert(
    'returns',
    `(customer_id, returned_on, revenue, reason, items) select ${SOMEBODY}, toDate(${SOMETIME}), null, ['broken', 'size'][draw('reason') % 2 + 1], 1`,
    'numbers(intDiv({people:UInt64}, 10))',
  ),
  insert(
    'orders',
    `(order_id, profile_id, store_id, ordered_at, amount, fee, points, status, tags) select
      concat('o', toString(number)),
      ${SOMEBODY} as profile,
      if(draw('away') % 4 = 0, draw('store'), sipHash64(profile)) % 400 + 1,
      ${SOMETIME},
      toDecimal64(draw('amount') % 12000 / 100, 2), 0, 0, 'done', []`,
    'numbers(intDiv({people:UInt64} * 3, 2))',
  ),
  insert(
    'order_lines',
    `(line_id, order_id, product_id, quantity, price) select
      concat('o', toString(intDiv(number, 2)), '/', toString(number % 2)), concat('o', toString(intDiv(number, 2))), draw('product') % 5000 + 1, 1, null`,
    'numbers({people:UInt64} * 3)',
  ),
  insert(
    'products',
    `(product_id, category, size) select number + 1, ['coffee', 'tea', 'machines', 'grinders', 'books', 'cups'][number % 6 + 1], number % 9`,
    'numbers(5000)',
  ),
  insert(
    'accounts',
    `(account_id, revenue) select concat('account ', toString(number)), if(number % 7 = 0, null, toDecimal64(draw('revenue') % 200000 / 100, 2))`,
    'numbers(intDiv({people:UInt64}, 20))',
  ),
  insert(
    'account_members',
    `(account_id, profile_id, role) select distinct concat('account ', toString(draw('account') % intDiv({people:UInt64}, 20))), ${person("draw('who') % {people:UInt64}")}, 'owner'`,
    'numbers(intDiv({people:UInt64}, 6))',
  ),
];

/** Tables with all their rows, merged into one part each, as they are some time after a build. @param say tells each table. */
export async function makeWorld(warehouse: Warehouse, size: WorldSize, say: (line: string) => void): Promise<void> {
  const run = (sql: string, params: Readonly<Record<string, unknown>> = {}) =>
    warehouse.owner.run(defineStatement({ name: 'bench.make_world', sql, params: z.looseObject({}) }), params, { settings: SETTINGS });
  await createWorld(warehouse);
  await createHabits(warehouse);
  for (const [table, types] of Object.entries(RELATED_COLUMNS)) {
    const key = SORTED_BY[table as RelatedTable];
    const columns = Object.entries(types).map(([name, type]) => `${name} ${key.includes(name) ? innerType(type) : type}`);
    await run(`create table sluice.${table} (${columns.join(', ')}) engine = MergeTree order by (${key.join(', ')})`);
  }
  for (const sql of TABLES) await run(sql, { people: size.people });
  let first = 0;
  for (const [name, thousandths, properties] of EVENTS) {
    const rows = Math.max(10, Math.round((size.events * thousandths) / 1_000));
    const select = `(profile_id, event_name, occurred_at, properties, source)
      select ${SOMEBODY}, '${name}', ${SOMETIME}, ${properties}, ['web', 'web', 'app', 'store', ''][draw('source') % 5 + 1]`;
    await run(insert('events', select, 'numbers({first:UInt64}, {rows:UInt64})'), { people: size.people, first, rows });
    first += rows;
    say(`  ${rows.toLocaleString('en')} ${name}`);
  }
  for (const table of ['events', 'profiles', 'profile_traits', 'habits', 'returns', ...Object.keys(RELATED_COLUMNS)])
    await run(`optimize table sluice.${table} final`);
}

const SETTINGS = { max_insert_threads: '2', max_insert_block_size: '1000000', min_insert_block_size_rows: '1000000' };
