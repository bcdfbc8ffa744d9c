import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Dbt } from '../../src/dbt/dbt.ts';
import type { BuildResult } from '../../src/dbt/result.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { copyOfProject, type ProjectCopy, testDbt } from '../../test/dbt.ts';
import { orderEvents, propertiesOf } from '../../test/orders/arbitrary.ts';
import { asRow, sorted, sumsOf } from '../../test/orders/expected-rows.ts';
import { HOSTILE } from '../../test/orders/hostile.ts';
import { NAMED_ORDERS, timeOf } from '../../test/orders/named-orders.ts';
import { expectedOrders, type OrderEvent, type Sources } from '../../test/orders/oracle.ts';
import { NAMED_DAYS, NO_DAYS, ODD_REFUNDS } from '../../test/orders/values.ts';
import { askSql, runSql, testWarehouse } from '../../test/warehouse.ts';

let warehouse: Warehouse;
let project: ProjectCopy;
let dbt: Dbt;
let result: BuildResult;

const run = (sql: string) => runSql(warehouse.owner, sql);
const ask = <R extends z.ZodObject>(sql: string, row: R) => askSql(warehouse.reader, sql, row);
const rows = (sql: string) => ask(sql, z.looseObject({}));

/** What the project declares; `web` and `app` are declared nowhere. */
const FORMATS = `
      pos: { decimal: ',', date_order: dmy, timezone: Europe/Berlin, currency: EUR }
      shop: { decimal: ',', currency: USD }
`;
const SOURCES: Sources = { shop: { format: 'comma', currency: 'USD' } };

const DAYS = NAMED_DAYS.length + NO_DAYS.length;

/** A new one in each run; a failure names it, and it takes its place here to be looked at. */
const SEED = Math.trunc(Math.random() * 2 ** 31);
const ORDERS = 120;
const [EVENTS = []] = fc.sample(orderEvents(ORDERS), { seed: SEED, numRuns: 1 });

let lastMessage = 0;
async function collect(events: readonly { source?: string; event: string; user: string; at: string; properties: string }[]): Promise<void> {
  await warehouse.owner.insert(
    'sluice_raw.events',
    events.map(({ source = 'web', event, user, at, properties }) => {
      lastMessage += 1;
      const message_id = `m${String(lastMessage).padStart(6, '0')}`;
      return {
        message_id,
        type: 'track',
        event,
        source,
        anonymous_id: '',
        user_id: user,
        previous_id: '',
        group_id: '',
        occurred_at: at,
        received_at: at,
        message: `{"type":"track","messageId":"${message_id}","event":"${event}","userId":"${user}","properties":${properties}}`,
      };
    }),
  );
}

const messageOf = (event: OrderEvent) => ({
  source: event.source,
  event: event.kind,
  user: `person-${event.person}`,
  at: timeOf(event.second),
  properties: propertiesOf(event),
});

beforeAll(async () => {
  warehouse = await testWarehouse();
  project = await copyOfProject({ withModels: true });
  const path = join(project.dir, 'dbt_project.yml');
  const declared = await readFile(path, 'utf8');
  await writeFile(path, declared.replace(/source_formats:\n[^\n]*\n[^\n]*\n/, `source_formats:${FORMATS}`));
  dbt = await testDbt(warehouse, { projectDir: project.dir });

  await run(`
    create table sluice_raw.pos__transactions engine = MergeTree order by tuple() as
    select * from values(
      'household_id String, store_id String, basket_id String, product_id String, quantity String, sales_value String, retail_disc String, coupon_disc String, coupon_match_disc String, transaction_timestamp String',
      ('c1', 's1', 'b1', 'p1', '1', '12,50', '0,00', '0,00', '0,00', '2026-03-02 10:00:00'),
      ('c1', 's1', 'b2', 'p1', '0,756', '10 237,65', '1,05', '', '', '02.03.2026 14:05'),
      ('c1', 's1', 'b3', 'p2', '2', '1.355,90', 'n/a', '0,00', '0,00', '31.02.2026 14:05'),
      ('c2', 's1', 'b4', 'p1', '1', '9,50', '', '', '', ''),
      ('c2', 's1', 'b5', 'p1', '1', '9,50', '0', '0', '0', 'unknown'),
      ('c2', 's1', 'b6', 'p1', '1', '9,50', '0', '0', '0', '14:05'),
      ('c2', 's1', 'b6', 'p2', '1', 'n/a', '0', '0', '0', '0000-00-00 00:00:00'),
      ('c3', 's1', 'b7', 'p1', 'x', '1e15', '1e15', '1e15', '1e15', '9999-12-31'),
      ('c3', 's1', 'b8', 'p1', '1', '1e18', '0', '0', '0', '2026-03-29 02:30:00'),
      ('c3', 's1', '', 'p1', '1', '5,00', '0', '0', '0', '2026-03-02 10:00:00'),
      ('c5', 's1', 'old', 'p1', '1', '1', '0', '0', '0', '1900-02-01 10:00:00'),
      ('c5', 's1', 'new', 'p1', '1', '1', '0', '0', '0', '2299-12-31 10:00:00'),
      ('c5', 's1', 'too', 'p1', '1', '1', '0', '0', '0', '2299-12-31 10:00:00')
    )`);
  const days = [...NAMED_DAYS, ...NO_DAYS.map((text) => [text, null] as const)];
  await run(`
    insert into sluice_raw.pos__transactions
    select 'c6', 's1', concat('day-', tupleElement(day, 1)), 'p1', '1', '1', '0', '0', '0', tupleElement(day, 2)
    from (select arrayJoin([${days.map(([text], n) => `('${n}', '${text}')`).join(', ')}]) as day)`);
  // eleven lines of 10^15 in one receipt: each can be kept, their sum cannot
  await run(`
    insert into sluice_raw.pos__transactions
    select 'c4', 's1', 'b9', toString(number), '1', '1000000000000000', '0', '0', '0', '2026-03-02 10:00:00' from numbers(11)`);
  // a product that the assortment lists twice
  await run(`
    create table sluice_raw.pos__products engine = MergeTree order by tuple() as
    select * from values('product_id String, department String, product_category String', ('p1', 'A', 'Bread'), ('p1', 'B', 'Bread'))`);
  await run(`
    create table sluice_raw.crm__customers engine = MergeTree order by tuple() as
    select * from values(
      'household_id String, email String, consent_email String, updated_at String',
      ('c1', 'c1@example.org', 'oui', '02/01/2026'), ('c2', 'c2@example.org', 'yes', '2026-02-01T10:00:00+0200'), ('c3', '', '', '')
    )`);
  // as a load writes times with an offset, and without one
  await run(`
    create table sluice_raw.pos__coupon_redemptions engine = MergeTree order by tuple() as
    select 'c1' as household_id, 'u' as coupon_upc, 'k' as campaign_id, toDateTime64('2026-03-02 09:00:00', 6, 'Etc/UTC') as redemption_date`);
  await run(`
    create table sluice_raw.pos__campaign_descriptions engine = MergeTree order by tuple() as
    select 'k' as campaign_id, 'A' as campaign_type, at as start_date, at as end_date
    from (select toNullable(toDateTime64('2026-03-02 09:00:00', 6, 'UTC')) as at)`);
  await run(
    "create table sluice_raw.pos__campaigns engine = MergeTree order by tuple() as select 'k' as campaign_id, 'c1' as household_id",
  );
  await run(`
    alter table sluice_raw.crm__customers
        add column phone String, add column first_name String, add column last_name String, add column city String, add column country_code String`);

  await collect(EVENTS.map(messageOf));
  await collect(HOSTILE.map((properties, n) => ({ event: 'Order Completed', user: `stranger-${n}`, at: timeOf(n), properties })));
  await run(`
    insert into sluice_raw.events (message_id, type, event, source, anonymous_id, user_id, occurred_at, received_at, message)
    select 'not-utf-8', 'track', 'Order Completed', 'web', '', 'stranger-bytes', '2026-01-01', '2026-01-01',
           concat('{"properties":{"revenue":1,"text":"', unhex('FF00EDA080'), '"}}')`);
  await collect(NAMED_ORDERS);
  result = await dbt.build();
});
afterAll(async () => {
  await dbt.close();
  await project.remove();
  await warehouse.close();
});

test('no value that a stranger chooses fails a build', async () => {
  const problems = [
    ...result.models.filter((model) => model.status !== 'success'),
    ...result.tests.filter((found) => !['pass', 'warn'].includes(found.status)),
  ];
  expect(problems).toEqual([]);
  const [kept] = await rows(`select count() as n from sluice.events where profile_id in (
    select profile_id from sluice.profile_identifiers where startsWith(identifier_value, 'stranger-'))`);
  expect(kept).toEqual({ n: String(HOSTILE.length + 1) });
});

describe('a till that declares its decimal comma, its date order, its zone and its currency', () => {
  test('is read so, and what it does not write so is unknown: never 0, never 1970', async () => {
    const orders = await rows(`
      select order_id, toString(amount) as amount, toString(discount_amount) as discount, toString(ordered_at) as at, currency_code as currency
      from sluice.orders where match(order_id, '^pos:b') order by order_id`);
    const order = (id: number, amount: string | null, discount: string | null, at: string | null) => ({
      order_id: `pos:b${id}`,
      amount,
      discount,
      at,
      currency: 'EUR',
    });
    expect(orders).toEqual([
      order(1, '12.5', '0', '2026-03-02 09:00:00.000'),
      order(2, '10237.65', '1.05', '2026-03-02 13:05:00.000'),
      order(3, '1355.9', null, null),
      order(4, '9.5', null, null),
      order(5, '9.5', '0', null),
      order(6, null, '0', null),
      order(7, '1000000000000000', '3000000000000000', null),
      order(8, null, '0', null),
      order(9, null, '0', '2026-03-02 09:00:00.000'),
    ]);
    expect(await rows("select quantity from sluice_identity.resolved_order_lines where order_id = 'pos:b2'")).toEqual([
      { quantity: 0.756 },
    ]);
  });

  test('is read where it names the month, and not where there is no such day or hour', async () => {
    const found = await ask(
      "select toString(ordered_at) as at from sluice.orders where startsWith(order_id, 'pos:day-') order by toUInt8(substring(order_id, 9))",
      z.object({ at: z.string().nullable() }),
    );
    expect(found.map(({ at }) => at)).toEqual([...NAMED_DAYS.map(([, at]) => at), ...NO_DAYS.map(() => null)]);
  });

  test('is read at the moment that an offset names, and else by its own clock, in a column of times as in text', async () => {
    expect(
      await rows(`
        select toString(redeemed_at) as redeemed, toString(starts_at) as starts
        from sluice_staging.stg_pos__coupon_redemptions inner join sluice_staging.stg_pos__campaign_sends using (campaign_id)`),
    ).toEqual([{ redeemed: '2026-03-02 09:00:00.000', starts: '2026-03-02 08:00:00.000' }]);
  });

  test('the ends of time are times like others', async () => {
    const [person] = await rows(`
      select toString(first_order_at) as first, toString(last_order_at) as last, next_order_expected_at, order_count_last_90_days, spend_this_quarter
      from sluice.profile_traits
      where profile_id = (select profile_id from sluice.profile_identifiers where identifier_value = 'c5')`);
    expect(person).toEqual({
      first: '1900-02-01 09:00:00.000',
      last: '2299-12-31 09:00:00.000',
      next_order_expected_at: null,
      order_count_last_90_days: 2,
      spend_this_quarter: 0,
    });
  });

  test('a person whose orders have no time has no first and no last order', async () => {
    const [person] = await rows(`
      select order_count, toString(lifetime_value) as lifetime_value, last_order_at, first_order_at, last_order_channel
      from sluice.profile_traits
      where profile_id = (select profile_id from sluice.profile_identifiers where identifier_value = 'c2')`);
    expect(person).toEqual({ order_count: 3, lifetime_value: '19', last_order_at: null, first_order_at: null, last_order_channel: null });
  });
});

test('each column says how many of its values could not be read, in a table and in the result of the build', async () => {
  const found = await rows(`
    select concat(source, ' ', table_name, '.', column_name) as name, toUInt32(value_count) as values, toUInt32(unreadable_count) as unreadable
    from sluice.unreadable_values where source in ('pos', 'crm') and unreadable_count > 0 order by name`);
  const expected = [
    { name: 'crm customers.consent_email', values: 2, unreadable: 1 },
    { name: 'crm customers.updated_at', values: 2, unreadable: 1 },
    { name: 'pos transactions.quantity', values: 24 + DAYS, unreadable: 1 },
    { name: 'pos transactions.retail_disc', values: 23 + DAYS, unreadable: 1 },
    { name: 'pos transactions.sales_value', values: 24 + DAYS, unreadable: 2 },
    { name: 'pos transactions.transaction_timestamp', values: 23 + DAYS, unreadable: 6 + NO_DAYS.length },
  ];
  expect(found).toEqual(expected);
  const said = result.unreadable
    .filter(({ source }) => source === 'pos' || source === 'crm')
    .map(({ source, table, column, values, unreadable }) => ({ name: `${source} ${table}.${column}`, values, unreadable }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  expect(said).toEqual(expected);
  expect(result.tests.find(({ name }) => name === 'values_can_be_read')?.status).toBe('warn');
  expect(result.tests.find(({ name }) => name === 'receipts_have_numbers')?.status).toBe('warn');
});

describe('orders of site and app', () => {
  const { orders, counts } = expectedOrders(EVENTS, SOURCES);

  test('come to what their events say, with each name of the amount, in any order of arrival', async () => {
    const found = await ask(
      `select order_id, status, toString(amount) as amount, toString(gross_amount) as gross, toString(refunded_amount) as refunded,
              toString(discount_amount) as discount, currency_code as currency, line_count as lines,
              toString(profile_id) as person
       from sluice.orders where startsWith(order_id, 'online:order-')`,
      z.looseObject({ order_id: z.string(), person: z.string() }),
    );
    const ids = await personIds();
    const seen = new Map(found.map(({ order_id, ...order }) => [order_id, { ...order, person: ids.get(order.person) ?? '' }]));
    const wanted = new Map([...orders].map(([id, order]) => [id, asRow(order)]));
    expect({ seed: SEED, orders: sorted(seen) }).toEqual({ seed: SEED, orders: sorted(wanted) });
    expect(wanted.size).toBeGreaterThan(ORDERS / 4);
    // the persons are random: some numbers are those of two people, whom two sources name
    expect(result.tests.find(({ name }) => name === 'order_numbers_are_of_one_person')?.status).toBe('warn');
  });

  test('are added up by person and currency, the same in every table, and never across currencies', async () => {
    const ids = await personIds();
    const sums = sumsOf([...orders.values()]);
    const found = await ask(
      `select toString(profile_id) as id, currency_code as currency, order_count as n, unknown_amount_count as unknown, toString(revenue_total) as total
       from sluice.profile_revenue`,
      z.object({ id: z.string(), currency: z.string(), n: z.number(), unknown: z.number(), total: z.string().nullable() }),
    );
    const seen = found.filter(({ id }) => ids.has(id)).map(({ id, ...sum }) => ({ person: ids.get(id), ...sum }));
    const key = (sum: { person?: string | undefined; currency: string }) => `${sum.person} ${sum.currency}`;
    const inOrder = <T extends { person?: string | undefined; currency: string }>(list: T[]) =>
      list.sort((a, b) => (key(a) < key(b) ? -1 : 1));
    expect({ seed: SEED, sums: inOrder(seen) }).toEqual({ seed: SEED, sums: inOrder(sums) });

    const totals = await ask(
      `select toString(profile_id) as id, toString(p.revenue_total) as total, toString(t.lifetime_value) as lifetime, p.currency_code as currency,
              p.order_count as n
       from sluice.profiles as p inner join sluice.profile_traits as t on t.profile_id = p.profile_id`,
      z.object({
        id: z.string(),
        total: z.string().nullable(),
        lifetime: z.string().nullable(),
        currency: z.string().nullable(),
        n: z.number(),
      }),
    );
    for (const { id, ...total } of totals.filter(({ id }) => ids.has(id))) {
      const own = sums.filter(({ person }) => person === ids.get(id));
      const [only] = own.length === 1 ? own : [];
      const value = own.length === 0 ? '0' : (only?.total ?? null);
      expect(total).toEqual({
        total: value,
        lifetime: value,
        currency: only?.currency || null,
        n: own.reduce((sum, { n }) => sum + n, 0),
      });
    }
  });

  test('count what could not be read, by source and property', async () => {
    const found = await ask(
      `select source, column_name as name, toUInt32(value_count) as values, toUInt32(unreadable_count) as unreadable
       from sluice.unreadable_values where table_name = 'events' and source in ('shop', 'app') and value_count > 0`,
      z.object({ source: z.string(), name: z.string(), values: z.number(), unreadable: z.number() }),
    );
    const seen = Object.fromEntries(found.map(({ source, name, values, unreadable }) => [`${source} ${name}`, [values, unreadable]]));
    const wanted = Object.fromEntries([...counts].filter(([name]) => !name.startsWith('web ')));
    expect({ seed: SEED, counts: seen }).toEqual({ seed: SEED, counts: wanted });
  });

  test('a refund takes what it says, the products it names or all of the order, never more, and nothing in another money', async () => {
    expect(
      await rows(`
        select order_id, status, amount, gross_amount, refunded_amount from sluice.orders
        where startsWith(order_id, 'online:f') or order_id = 'online:never-completed' order by order_id`),
    ).toEqual([
      { order_id: 'online:f1', status: 'partially_refunded', amount: 30, gross_amount: 50, refunded_amount: 20 },
      { order_id: 'online:f2', status: 'refunded', amount: 0, gross_amount: 50, refunded_amount: 50 },
      { order_id: 'online:f3', status: 'partially_refunded', amount: null, gross_amount: 50, refunded_amount: null },
      { order_id: 'online:f4', status: 'refunded', amount: 0, gross_amount: 50, refunded_amount: 80 },
      { order_id: 'online:f5', status: 'cancelled', amount: 0, gross_amount: 50, refunded_amount: 0 },
    ]);
    expect(result.tests.find(({ name }) => name === 'refunds_fit_their_orders')?.status).toBe('warn');
  });

  test('a refund that cannot be read leaves the order unknown, and is counted', async () => {
    expect(
      await rows(
        "select status, amount, gross_amount, refunded_amount from sluice.orders where match(order_id, '^online:o[0-9]') order by order_id",
      ),
    ).toEqual(ODD_REFUNDS.map(() => ({ status: 'partially_refunded', amount: null, gross_amount: 100, refunded_amount: null })));
    const [counted] = await rows(
      "select toUInt32(unreadable_count) as n from sluice.unreadable_values where source = 'web' and column_name = 'products'",
    );
    expect(Number(counted?.n)).toBeGreaterThanOrEqual(ODD_REFUNDS.length - 1);
  });

  test('an average is rounded to cents', async () => {
    expect(
      await rows(`
        select average_order_value as average from sluice.profiles
        where profile_id = (select profile_id from sluice.profile_identifiers where identifier_value = 'thirds')`),
    ).toEqual([{ average: 6.67 }]);
  });

  test('100 EUR and 10,000 JPY are two sums', async () => {
    const [yen] = await rows(`
      select profile_id, revenue_total, currency_code, order_count from sluice.profiles
      where profile_id = (select profile_id from sluice.profile_identifiers where identifier_value = 'yen')`);
    expect(yen).toMatchObject({ revenue_total: null, currency_code: null, order_count: 2 });
    expect(
      await rows(
        `select currency_code, revenue_total from sluice.profile_revenue where profile_id = '${yen?.profile_id}' order by currency_code`,
      ),
    ).toEqual([
      { currency_code: 'EUR', revenue_total: 100 },
      { currency_code: 'JPY', revenue_total: 10_000 },
    ]);
  });
});

test('a build of a part is not held against tables that it does not build, and that of those tables is', async () => {
  await run(
    "insert into sluice_raw.pos__transactions select * replace ('late' as basket_id) from sluice_raw.pos__transactions where basket_id = 'b1'",
  );
  const names = (built: BuildResult) => built.tests.map(({ name }) => name);
  const part = await dbt.build({ select: ['stg_pos__transactions'] });
  expect(names(part)).toContain('receipts_have_numbers');
  expect(names(part)).not.toContain('orders_add_up');
  expect(part.status).toBe('success');
  expect(names(await dbt.build({ select: ['orders'] }))).toContain('orders_add_up');
});

/** Profile id → the person of the oracle. */
async function personIds(): Promise<Map<string, string>> {
  const found = await ask(
    "select toString(profile_id) as id, identifier_value as name from sluice.profile_identifiers where startsWith(identifier_value, 'person-')",
    z.object({ id: z.string(), name: z.string() }),
  );
  return new Map(found.map(({ id, name }) => [id, name]));
}
