import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { testDbt } from '../../test/dbt.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Dbt } from './dbt.ts';
import type { BuildResult } from './result.ts';

/** Names that nobody would put into one object, and more than a JSON column has subcolumns for. */
const MANY = 2_000;

let warehouse: Warehouse;
let dbt: Dbt;
let first: BuildResult;
beforeAll(async () => {
  warehouse = await testWarehouse();
  dbt = await testDbt(warehouse);
  await run(`
    create table sluice_raw.crm__customers engine = MergeTree order by tuple() as
    select * from values(
      'household_id String, email String, phone String, first_name String, consent_email String, updated_at String',
      ('n/a', 'no.card@example.com', '', 'Noor', 'false', '2026-01-01 00:00:00'),
      ('', 'info@firm.com', '(212) 555-0142', 'Olga', 'false', '2026-01-01 00:00:00'),
      ('C1', 'card@example.com', '', 'Cara', 'true', '2026-01-01 00:00:00')
    )`);
  await run(`
    create table sluice_raw.pos__transactions engine = MergeTree order by tuple() as
    select * from values(
      'household_id String, store_id Int64, basket_id Int64, product_id Int64, quantity Int64, sales_value Float64, transaction_timestamp DateTime',
      (' C1 ', 1, 1, 9, 1, 4.35, '2026-01-05 10:00:00'), ('undefined', 1, 2, 9, 1, 1.00, '2026-01-05 10:00:00')
    )`);
  await run(`
    create table sluice_raw.pos__coupon_redemptions engine = MergeTree order by tuple() as
    select * from values('household_id String, coupon_upc String, redemption_date String', (' C1 ', 'c', '2026-01-06'))`);
  await run(`
    create table sluice_raw.crm__contacts engine = MergeTree order by tuple() as
    select * from values('crm_account_id String, user_id String, email String, role String', ('A1', '${'{{user.id}}'}', 'late@example.com', 'buyer'))`);
  await run(`
    create table sluice_raw.crm__accounts engine = MergeTree order by tuple() as
    select * from values('crm_account_id String, name String, updated_at String', ('A1', 'Acme', '2026-01-01 00:00:00'))`);
  await collect(
    // known by what they did only
    track('2026-03-01', { userId: 'only-tracked' }),
    // the first id says nothing
    identify('2026-03-01', { userId: 'None', anonymousId: 'cookie-e', traits: { email: 'late@example.com', first_name: 'Lea', consent_email: false } }),
    track('2026-03-02', { userId: '{{user.id}}', anonymousId: 'cookie-e' }),
    identify('2026-03-01', { userId: '${userId}', traits: { email: 'alone@example.com', first_name: '{{first_name}}', last_name: 'Alone' } }),
    // nobody is joined by what a template left
    ...PLACEHOLDERS.flatMap((id, place) => [
      identify('2026-03-01', { anonymousId: id, traits: { email: `p${place}.one@example.com` } }),
      identify('2026-03-01', { anonymousId: id, traits: { email: `p${place}.two@example.com` } }),
    ]),
    ...REAL_IDS.flatMap((id, place) => [
      identify('2026-03-01', { anonymousId: id, traits: { email: `r${place}@example.com` } }),
      track('2026-03-02', { anonymousId: id }),
    ]),
    // one address, two accounts: it is the second's
    identify('2026-03-01', { userId: 'family-1', traits: { email: 'Family@example.com', firstName: 'Ida' } }),
    identify('2026-03-02', { userId: 'family-2', traits: { email: 'family@example.com ', firstName: 'Olaf' } }),
    // seen once beside a user, seen twice, and seen once but with a visit of its own
    track('2026-03-01', { userId: 'visitor', anonymousId: 'seen-once' }),
    track('2026-03-01', { userId: 'visitor', anonymousId: 'seen-twice' }),
    track('2026-03-02', { userId: 'visitor', anonymousId: 'seen-twice' }),
    track('2026-03-01', { userId: 'visitor', anonymousId: 'lobby' }),
    track('2026-03-01', { anonymousId: 'lobby' }),
    // traits beyond the columns
    identify('2026-03-01', { userId: 'traits', traits: { email: 't@example.com', plan: 'free', seats: 3, vip: true, tags: ['a', 'b'], address: { street: 'Main', city: 'Kyiv' }, gone: 'x' } }),
    identify('2026-03-02', { userId: 'traits', traits: { plan: 'pro', gone: null, seats: 'four' } }),
    identify('2026-02-01', { userId: 'traits', traits: { plan: 'older', seats: [1], late: 'yes' } }),
    identify('2026-03-01', { userId: 'crowd', traits: { plan: 'basic', ...Object.fromEntries(Array.from({ length: MANY }, (_, place) => [`name ${place}`, place])) } }),
    // neighbours that a double cannot tell apart
    identify('2026-03-01', { userId: '9007199254740992', traits: { email: 'even@example.com' } }),
    identify('2026-03-01', { userId: '9007199254740993', traits: { email: 'odd@example.com' } }),
  );
  first = await build();
});
afterAll(async () => {
  await dbt.close();
  await warehouse.close();
});

const PLACEHOLDERS = [
  '{{visitor.id}}', '${userId}', 'undefined undefined', '[object Undefined]', '%%EMAIL%%', '<%= id %>', '*|EMAIL|*', '@user_id@', '{userId}', '[[id]]', '__ID__', '(null)', '"null"',
  'function () { [native code] }', '{% user %}', '#{id}', '%7B%7Bid%7D%7D', '<user_id>', '[First Name]', '%user_id%', 'UNBEKANNT', 'inconnu', 'Desconocido', '未知', 'НЕИЗВЕСТНО', '匿名', 'user_undefined',
  'YOUR_USER_ID', '--', '{00000000-0000-0000-0000-000000000000}', 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx', 'ｕｎｄｅｆｉｎｅｄ',
];
/** What looks odd and is somebody's. */
const REAL_IDS = ['{3F2504E0-4F89-11D3-9A0C-0305E82C3301}', '{abcdefab-cdef-abcd-efab-cdefabcdefab}', '$device:18f-a', '#1042', 'guest-1042', '[1]', 'null-island-42', '1', '😀', 'Ünal', '<17.a@host>', 'nan.nguyen', 'id-7'];

interface Call {
  readonly type: 'identify' | 'track';
  readonly at: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly traits?: object;
}
const identify = (day: string, call: Omit<Call, 'type' | 'at'>): Call => ({ type: 'identify', at: `${day} 10:00:00`, ...call });
const track = (day: string, call: Omit<Call, 'type' | 'at'>): Call => ({ type: 'track', at: `${day} 11:00:00`, ...call });

const nothing = z.object({});
const run = (sql: string) => warehouse.owner.run(defineStatement({ name: 'test.people', sql, params: nothing }), {});
const ask = <R extends z.ZodObject>(sql: string, row: R) => warehouse.reader.ask(defineQuery({ name: 'test.people', sql, params: nothing, row }), {});
const texts = async (sql: string) => (await ask(`select toString(x) as x from (${sql})`, z.object({ x: z.string() }))).map(({ x }) => x);
const list = (values: readonly string[]) => values.map((value) => `'${value.replace(/[\\']/g, '\\$&')}'`).join(', ');

let sent = 0;
/** As the landing writes accepted messages. */
async function collect(...calls: readonly Call[]): Promise<void> {
  await warehouse.owner.insert(
    'sluice_raw.events',
    calls.map(({ at, traits, ...call }) => {
      sent += 1;
      return {
        message_id: `m${sent}`,
        type: call.type,
        event: call.type === 'track' ? 'Looked' : '',
        source: 'web',
        anonymous_id: call.anonymousId ?? '',
        user_id: call.userId ?? '',
        previous_id: '',
        group_id: '',
        occurred_at: at,
        received_at: '2026-03-10 10:00:00',
        message: JSON.stringify({ ...call, ...(traits ? { traits } : {}) }),
      };
    }),
  );
}

async function build(): Promise<BuildResult> {
  const result = await dbt.build();
  expect(result.models.filter(({ status }) => status !== 'success')).toEqual([]);
  expect(result.tests.filter(({ status }) => !['pass', 'warn'].includes(status))).toEqual([]);
  return result;
}

const profileOf = (type: string, value: string) =>
  texts(`select profile_id as x from sluice.profile_identifiers where identifier_type = '${type}' and identifier_value = '${value}'`);

describe('facts follow the person', () => {
  test('who is known by track calls only has a user id', async () => {
    expect(await texts(`select concat(user_id, ' ', user_id_source, ' ', toString(event_count)) as x from sluice.profiles where user_id = 'only-tracked'`)).toEqual(['only-tracked web 1']);
  });

  test('a row whose first id is blocked or empty keeps its address, name and consent, whatever it hangs on', async () => {
    const facts = await texts(`
      select concat(ifNull(email, '-'), ' ', ifNull(phone_e164, '-'), ' ', ifNull(first_name, '-'), ' ', ifNull(last_name, '-'), ' ', ifNull(toString(consent_email), '-')) as x
      from sluice.profiles where email in ('late@example.com', 'no.card@example.com', 'alone@example.com', 'info@firm.com') order by x`);
    expect(facts).toEqual([
      'alone@example.com - - Alone -',
      // an address of several joins nobody, and reaches whoever gave it
      'info@firm.com +12125550142 Olga - false',
      'late@example.com - Lea - false',
      'no.card@example.com - Noor - false',
    ]);
  });

  test('an event, an order, a coupon and a contact follow the strongest id that the graph accepts', async () => {
    expect(await texts(`select event_count as x from sluice.profiles where email = 'late@example.com'`)).toEqual(['2']);
    expect(await texts(`select concat(toString(order_count), ' ', toString(revenue_total)) as x from sluice.profiles where loyalty_id = 'C1'`)).toEqual(['1 4.35']);
    expect(await texts(`select coupon_redemption_count as x from sluice.profile_traits inner join sluice.profiles using (profile_id) where loyalty_id = 'C1'`)).toEqual(['1']);
    expect(await texts(`select role as x from sluice.account_members inner join sluice.profiles using (profile_id) where email = 'late@example.com'`)).toEqual(['buyer']);
  });

  test('an address that the graph gives to one account is shown on that one only, as all identifiers are', async () => {
    expect(await texts(`select concat(user_id, ' ', ifNull(email, '-'), ' ', first_name) as x from sluice.profiles where startsWith(user_id, 'family') order by x`)).toEqual([
      'family-1 - Ida',
      'family-2 family@example.com Olaf',
    ]);
    const strangers = await texts(`
      select concat(type, ' ', value) as x
      from (
        select profile_id, pair.1 as type, pair.2 as value
        from sluice.profiles
        array join [('user_id', user_id), ('email', email), ('phone', phone_e164), ('loyalty_id', loyalty_id)] as pair
        where isNotNull(pair.2) and pair.2 != 'info@firm.com'
      )
      where (profile_id, type, value) not in (select profile_id, toString(identifier_type), identifier_value from sluice.profile_identifiers)`);
    expect(strangers).toEqual([]);
  });

  test('ids that a double cannot tell apart are two people', async () => {
    expect(await texts(`select concat(user_id, ' ', email) as x from sluice.profiles where startsWith(user_id, '90071') order by x`)).toEqual([
      '9007199254740992 even@example.com',
      '9007199254740993 odd@example.com',
    ]);
  });
});

describe('a placeholder', () => {
  test('joins nobody, in any language and of any template, and the report counts it as blocked', async () => {
    const emails = PLACEHOLDERS.flatMap((_, place) => [`p${place}.one@example.com`, `p${place}.two@example.com`]);
    expect(await texts(`select concat(email, ' ', toString(identifier_count)) as x from sluice.profiles where email in (${list(emails)}) and identifier_count != 1`)).toEqual([]);
    expect(await texts(`select uniqExact(profile_id) as x from sluice.profiles where email in (${list(emails)})`)).toEqual([String(emails.length)]);
    const reasons = await texts(`select distinct reason as x from sluice_identity.identity_unlinked where identifier_type = 'anonymous_id' and block_reason != '' order by x`);
    expect(reasons).toEqual(['placeholder', 'unfilled template', 'zeros']);
  });

  test('is no id that only looks odd', async () => {
    const whole = await texts(`select email as x from sluice.profiles where match(email, '^r[0-9]+@') and identifier_count = 2 and event_count = 2 order by x`);
    expect(whole).toEqual(REAL_IDS.map((_, place) => `r${place}@example.com`).sort());
  });
});

describe('a visit that is not believed', () => {
  test('makes no second person, and loses no event', async () => {
    expect(await profileOf('anonymous_id', 'seen-once')).toEqual([]);
    expect(await texts(`select concat(toString(event_count), ' ', toString(identifier_count)) as x from sluice.profiles where user_id = 'visitor'`)).toEqual(['4 2']);
    expect(await profileOf('anonymous_id', 'seen-twice')).toEqual(await profileOf('user_id', 'visitor'));
    expect(await texts(`select event_count as x from sluice.profiles where profile_id in (select profile_id from sluice.profile_identifiers where identifier_value = 'lobby')`)).toEqual(['1']);
    expect(await texts(`select user_id as x from sluice.profiles where event_count = 0 and order_count = 0 and not startsWith(email_source, 'crm')`)).toEqual([]);
  });

  test('is a person from the build on in which its id does something by itself, the same whichever way it is built', async () => {
    const before = await texts(`select profile_id as x from sluice.profiles order by x`);
    await collect(track('2026-03-11', { anonymousId: 'seen-once' }));
    await build();
    const after = await texts(`select profile_id as x from sluice.profiles order by x`);
    const [known] = await profileOf('anonymous_id', 'seen-once');
    expect(known).toBeDefined();
    expect(after.filter((id) => !before.includes(id))).toEqual([known]);
    expect(before.filter((id) => !after.includes(id))).toEqual([]);
    await dbt.build({ fullRefresh: true, select: ['+identity_graph'] });
    expect(await texts(`select distinct profile_id as x from sluice_identity.identity_map where entity = 'person' order by x`)).toEqual(after);
  });
});

describe('traits of identify calls', () => {
  test('that have no column are kept with their types, the newest value of each; null takes one away', async () => {
    expect(await texts(`select toJSONString(traits) as x from sluice.profiles where user_id = 'traits'`)).toEqual([
      '{"address":{"city":"Kyiv","street":"Main"},"late":"yes","plan":"pro","seats":"four","tags":["a","b"],"vip":true}',
    ]);
    expect(await texts(`select toJSONString(traits) as x from sluice.profiles where user_id = 'family-1'`)).toEqual(['{}']);
  });

  test('however many names somebody sends, are there', async () => {
    expect(await texts(`select concat(toString(length(JSONAllPaths(traits))), ' ', toString(traits.\`name ${MANY - 1}\`)) as x from sluice.profiles where user_id = 'crowd'`)).toEqual([
      `${MANY + 1} ${MANY - 1}`,
    ]);
  });
});

test('a build says what it could not join', () => {
  expect(first.notes.map(({ message }) => message)).toEqual([expect.stringContaining('1 link')]);
});
