/**
 * What clients send, through the real collector and a real build: every value at the other end is held against one that was worked out from
 * the text of the request alone.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineQuery } from '../../src/warehouse/query.ts';
import { testCollection } from '../../test/collection.ts';
import { testDbt } from '../../test/dbt.ts';

let collection: Awaited<ReturnType<typeof testCollection>>;
let dbt: Awaited<ReturnType<typeof testDbt>>;

const rows = (sql: string) =>
  collection.warehouse.owner.ask(
    defineQuery({ name: 'test.values', sql, params: z.object({}), row: z.object({}).catchall(z.string().nullable()) }),
    {},
  );

/** Numbers that lose digits somewhere when they are read as a double, and some that do not. */
const numberText = fc.oneof(
  fc
    .tuple(fc.constantFrom(2n ** 53n, 2n ** 63n, 2n ** 64n, 10n ** 15n, 10n ** 39n), fc.integer({ min: -3, max: 3 }), fc.boolean())
    .map(([base, step, isNegative]) => `${isNegative ? '-' : ''}${base + BigInt(step)}`),
  fc.tuple(fc.bigInt(-(10n ** 12n), 10n ** 12n), fc.stringMatching(/^\d{1,22}$/)).map(([whole, fraction]) => `${whole}.${fraction}`),
  fc
    .tuple(fc.bigInt(1n, 10n ** 20n), fc.constantFrom('e', 'E', 'e+', 'E-'), fc.nat(330))
    .map(([digits, e, power]) => `${digits}${e}${power}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '1',
    '1.0',
    '34.0',
    '12.50',
    '1e400',
    '100000000000000000000',
    '1e-400',
    '0.10000000000000000001',
    '9.007199254740991E15',
    '29.990000000000002',
  ),
);

/** JSON as a text and as what it says; numbers as their texts. */
type Said =
  | { readonly number: string }
  | { readonly text: string }
  | boolean
  | null
  | readonly Said[]
  | { readonly members: ReadonlyMap<string, Said> };

const name = fc.constantFrom('a', 'b', 'step', 'price', 'name with space', '__proto__', 'Ünï', 'x-1');
const text = fc.oneof(
  fc.string(),
  numberText,
  numberText.map((digits) => `"x": [${digits}, ${digits}],`),
);
const { said } = fc.letrec<{ said: Said }>((tie) => ({
  said: fc.oneof(
    { depthSize: 'small' },
    numberText.map((number) => ({ number })),
    text.map((value) => ({ text: value })),
    fc.boolean(),
    fc.array(tie('said'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(name, tie('said')), { maxLength: 4, selector: ([key]) => key })
      .map((members) => ({ members: new Map(members) })),
  ),
}));

function written(value: Said): string {
  if (typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if ('number' in value) return value.number;
  if ('text' in value) return JSON.stringify(value.text);
  if ('members' in value) return `{${[...value.members].map(([key, member]) => `${JSON.stringify(key)}:${written(member)}`).join(',')}}`;
  throw new Error('no such value');
}

/** The value of a number, apart from how it is written: its digits without zeros around them, and the power of ten of the last one. */
function decimalOf(number: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] = /^(-?)(\d+)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  return significant === '' ? '0' : `${sign}${significant}e${Number(power) - fraction.length + digits.length - significant.length}`;
}

/** Numbers that every reader of JSON takes without a loss: they must not turn into texts. */
const isOrdinary = (number: string) =>
  /^-?\d{1,18}$/.test(number) || (/^-?\d+\.\d+$/.test(number) && number.replaceAll(/\D/g, '').replace(/^0+/, '').length <= 15);

/** What is wrong with the text that came out, as a place and two values. */
function differences(expected: Said, actual: unknown, place: string): string[] {
  const wrong = (what: string) => [`${place}: ${what} instead of ${written(expected)}`];
  if (typeof expected === 'boolean' || expected === null) return actual === expected ? [] : wrong(String(actual));
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return wrong('another list');
    return expected.flatMap((member, index) => differences(member, actual[index], `${place}[${index}]`));
  }
  if ('number' in expected) {
    const digits = JSON.isRawJSON(actual) ? actual.rawJSON : actual;
    if (typeof digits !== 'string' || decimalOf(digits) !== decimalOf(expected.number)) return wrong(String(digits));
    return isOrdinary(expected.number) && !JSON.isRawJSON(actual) ? wrong('a text') : [];
  }
  if ('text' in expected) return actual === expected.text ? [] : wrong(JSON.stringify(actual));
  if (!('members' in expected) || typeof actual !== 'object' || actual === null) return wrong('no object');
  if (Object.keys(actual).length !== expected.members.size) return wrong('other members');
  const all = new Map(Object.entries(actual));
  return [...expected.members].flatMap(([key, member]) => differences(member, all.get(key), `${place}.${key}`));
}

/** All numbers as their own texts. */
const parsed = (json: string) =>
  JSON.parse(json, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? JSON.rawJSON(context?.source ?? '') : value,
  ) as unknown;

/** Ids that a double cannot tell apart, each written in one of the ways in which clients write a number. */
const idNumbers = [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 63n, 2n ** 63n + 1n, 10n ** 39n, 10n ** 39n + 1n, 7_000_000_000_034n];
const waysToWrite = [(id: bigint) => `${id}`, (id: bigint) => `${id}.0`, (id: bigint) => `${id}0E-1`, (id: bigint) => `"${id}"`];

const sent = fc
  .sample(fc.record({ numbers: fc.array(numberText, { minLength: 1, maxLength: 6 }), odd: said }), { seed: 20261125, numRuns: 300 })
  .map(({ numbers, odd }, index) => {
    const properties: Said = {
      members: new Map<string, Said>([['odd', odd], ...numbers.map((number, place): [string, Said] => [`n${place}`, { number }])]),
    };
    const id = `values-${String(index).padStart(3, '0')}`;
    return {
      id,
      numbers,
      properties,
      message: `{"messageId":"${id}","type":"track","event":"Valued","userId":"v-${index}","properties":${written(properties)}}`,
    };
  });

beforeAll(async () => {
  collection = await testCollection();
  dbt = await testDbt(collection.warehouse);
  const [web, app] = [await collection.source('web'), await collection.source('app')];
  const post = async (source: typeof web, messages: readonly string[]) => {
    const reply = await source.post('/v1/batch', `{"batch":[${messages.join(',')}]}`);
    expect(await reply.json()).toMatchObject({ accepted: messages.length, rejected: [] });
  };
  await post(
    web,
    sent.map(({ message }) => message),
  );

  await post(
    web,
    idNumbers.flatMap((id) =>
      waysToWrite.map(
        (write, way) => `{"type":"identify","messageId":"id-${id}-${way}","userId":${write(id)},"traits":{"email":"p${id}@example.com"}}`,
      ),
    ),
  );
  await post(
    web,
    idNumbers.map((id) => `{"type":"identify","userId":"card-of-${id}","traits":{"loyalty_id":${id}}}`),
  );
  await post(
    web,
    idNumbers.map((id) => `{"type":"track","event":"Order Completed","userId":"buyer","properties":{"order_id":${id},"revenue":10}}`),
  );
  // What counts its messages: the same ids from two sources, and twice from one.
  for (const source of [web, app, web])
    await post(
      source,
      ['1', '"2"', '"m3"'].map((id) => `{"type":"track","event":"Counted","userId":"c","messageId":${id}}`),
    );
  await post(web, [`{"type":"track","event":"Counted","userId":"c","messageId":1,"properties":{"again":true}}`]);
  for (const source of [web, app])
    await post(source, [`{"type":"track","event":"Order Completed","userId":"c","messageId":"order","properties":{"revenue":1}}`]);
  // What is no object where an object belongs.
  await post(web, [
    ...['[]', '{}', 'null', '"text"', '"{\\"a\\":1}"', '3', '[1,2]'].map(
      (properties, index) => `{"type":"page","name":"Checkout","userId":"odd","messageId":"page-${index}","properties":${properties}}`,
    ),
    ...['[]', '"text"', '3', 'null', '{}'].map(
      (traits, index) =>
        `{"type":"identify","userId":"traits-${index}","messageId":"traits-${index}","traits":${traits},"context":{"traits":{"email":"traits-${index}@example.com"}}}`,
    ),
    ...['[]', '"text"', '3', '{"page":"text","campaign":[],"traits":[]}'].map(
      (context, index) =>
        `{"type":"identify","userId":"context-${index}","messageId":"context-${index}","traits":{"email":"context-${index}@example.com"},"context":${context}}`,
    ),
    ...['[]', '{}', 'true', 'null', '""', '["x"]'].map(
      (card, index) =>
        `{"type":"identify","userId":"no-card-${index}","messageId":"no-card-${index}","traits":{"loyalty_id":${card},"first_name":${card}}}`,
    ),
    ...['[]', '"text"', '{"crm_account_id":[],"tax_id":{}}', '{"crm_account_id":[],"tax_id":{},"name":[]}'].map(
      (traits, index) => `{"type":"group","userId":"g-${index}","groupId":"team-${index}","messageId":"group-${index}","traits":${traits}}`,
    ),
  ]);
  const result = await dbt.build();
  expect([
    ...result.models.filter(({ status }) => status !== 'success'),
    ...result.tests.filter(({ status }) => !['pass', 'warn'].includes(status)),
  ]).toEqual([]);
});
afterAll(async () => {
  await dbt?.close();
  await collection?.close();
});

describe('a number that a client sends', () => {
  test('is kept in the message as it was written, with everything around it', async () => {
    const stored = await rows(
      "select message_id as id, message from sluice_raw.events final where startsWith(message_id, 'values-') order by id",
    );
    expect(stored.map(({ message }) => message)).toEqual(sent.map(({ message }) => message));
  });

  test('has the same value among the properties, digit for digit, and all else is as it was', async () => {
    const found = await rows(
      "select message_id as id, properties from sluice_staging.stg_web__events where startsWith(message_id, 'values-') order by id",
    );
    expect(found).toHaveLength(sent.length);
    expect(
      found.flatMap(({ properties }, index) =>
        differences(sent[index]?.properties ?? null, parsed(properties ?? ''), sent[index]?.id ?? ''),
      ),
    ).toEqual([]);
  });

  test('has the same value in the published events', async () => {
    const columns = [0, 1, 2, 3, 4, 5].map((place) => `toString(properties.n${place}) as n${place}`).join(', ');
    const found = new Map(
      (await rows(`select message_id as id, ${columns} from sluice.events where event_name = 'Valued'`)).map((row) => [row.id, row]),
    );
    const wrong = sent.flatMap(({ id, numbers }) =>
      numbers.flatMap((number, place) => {
        const published = found.get(id)?.[`n${place}`] ?? 'nothing';
        return decimalOf(published) === decimalOf(number) ? [] : [`${id}: ${published} instead of ${number}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('is one person as a user id, however it is written, and its neighbour is another', async () => {
    const people = await rows(
      "select user_id, email, toString(identifier_count) as identifiers from sluice.profiles where match(email, '^p[0-9]+@') order by user_id",
    );
    expect(people).toEqual(
      idNumbers
        .map((id) => ({ user_id: `${id}`, email: `p${id}@example.com`, identifiers: '2' }))
        .sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
    );
  });

  test('is a loyalty card and the number of an order with all its digits', async () => {
    const cards = await rows(
      `select user.identifier_value as user, card.identifier_value as card
       from sluice.profile_identifiers as card
       inner join sluice.profile_identifiers as user on user.profile_id = card.profile_id and user.identifier_type = 'user_id'
       where card.identifier_type = 'loyalty_id'`,
    );
    expect(new Map(cards.map(({ user, card }) => [user, card]))).toEqual(new Map(idNumbers.map((id) => [`card-of-${id}`, `${id}`])));
    expect(
      (await rows("select order_id from sluice.orders where startsWith(order_id, 'online:') and amount = 10"))
        .map(({ order_id }) => order_id)
        .sort(),
    ).toEqual(idNumbers.map((id) => `online:${id}`).sort());
  });
});

describe('a message id', () => {
  test('is unique within its source: another source has the same ones', async () => {
    const counted = await rows(
      "select source, toString(count()) as n from sluice.events where event_name = 'Counted' group by source order by source",
    );
    expect(counted).toEqual([
      { source: 'app', n: '3' },
      { source: 'web', n: '4' },
    ]);
    expect(await rows('select source, order_id from sluice.orders where amount = 1 order by source')).toEqual([
      { source: 'app', order_id: 'online:app:order' },
      { source: 'web', order_id: 'online:web:order' },
    ]);
  });
});

describe('a value in the place of an object', () => {
  test('counts as an empty one among the properties: the name of the page stays, and what else was said is kept as a text', async () => {
    expect(
      await rows("select properties from sluice_staging.stg_web__events where startsWith(message_id, 'page-') order by message_id"),
    ).toEqual(
      [{}, {}, {}, { _unparsed: 'text' }, { _unparsed: '{"a":1}' }, { _unparsed: '3' }, { _unparsed: '[1,2]' }].map((more) => ({
        properties: JSON.stringify({ name: 'Checkout', ...more }),
      })),
    );
  });

  test('counts as no traits, so that those of the context hold, and as no context', async () => {
    expect(await rows("select email from sluice.profiles where match(email, '^(traits|context)-') order by email")).toEqual(
      [0, 1, 2, 3]
        .map((index) => ({ email: `context-${index}@example.com` }))
        .concat([0, 1, 2, 3, 4].map((index) => ({ email: `traits-${index}@example.com` }))),
    );
  });

  test('is neither an identifier, which would join profiles, nor a name', async () => {
    expect(
      await rows(
        "select user_id, toString(identifier_count) as identifiers, first_name from sluice.profiles where startsWith(user_id, 'no-card-') order by user_id",
      ),
    ).toEqual([0, 1, 2, 3, 4, 5].map((index) => ({ user_id: `no-card-${index}`, identifiers: '1', first_name: null })));
    expect(await rows("select toString(uniqExact(account_id)) as accounts from sluice.events where event_type = 'group'")).toEqual([
      { accounts: '4' },
    ]);
  });
});
