/** The rules of docs/segments.md about values, on people with one property of one kind each; and that the largest accepted segments run. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../../test/segments/arbitrary.ts';
import { segmentRoom, type TestRoom } from '../../test/segments/deps.ts';
import { createWorld, fillWorld, type Person, Written } from '../../test/segments/world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { previewSegment } from './preview.ts';
import { publishSegment } from './publish.ts';
import { segmentSize } from './size.ts';

/** Name of a person → the `step` of their only event. */
const STEPS = {
  int: 1,
  float: new Written('1.0'),
  text: '1',
  padded: '01',
  signed: '+1',
  word: 'abc',
  ten: 10,
  nine: '9',
  true: true,
  false: false,
  'text true': 'true',
  null: null,
  list: [1],
  'list true': [true],
  'empty list': [],
  empty: '',
  object: { inner: 1 },
  'empty object': {},
  'minus zero': new Written('-0.0'),
  zero: 0,
  exponent: '1e3',
  hex: '0x1',
  comma: '1,5',
  tenth: new Written('0.1'),
  'tenth text': '0.10',
  even: new Written('9007199254740992'),
  odd: new Written('9007199254740993'),
  'odd text': '9007199254740993',
  unsigned: new Written('18446744073709551615'),
  ledger: '36893488147419103233',
} as const;

/** Name of a person → the `on` of their only event. */
const DATES = {
  day: '2026-03-29',
  'last day': '2026-03-28',
  z: '2026-03-28T22:30:00Z',
  offset: '2026-03-29T05:30:00+05:30',
  'short offset': '2026-03-29T05:30+0530',
  'no zone': '2026-03-29T00:00:00',
  space: '2026-03-29 23:59:59.999',
  'next day': '2026-03-29T22:00:00Z',
  year: '2026',
  month: '2026-03',
  number: '10',
  epoch: 1774742400,
  'epoch text': '1774742400',
  basic: '20260329',
  american: '03/29/2026',
  words: '29 March 2026',
  'no such day': '2026-02-30',
  'no such hour': '2026-03-29T25:00:00Z',
  'before 1900': '1899-12-31',
  'time only': '12:00',
} as const;

const names = [...Object.keys(STEPS), ...Object.keys(DATES)];
const happenings = [
  ...Object.entries(STEPS).map(([name, step]) => ({ name, properties: { step } })),
  ...Object.entries(DATES).map(([name, on]) => ({ name, properties: { on } })),
].map(({ name, properties }) => ({
  profile_id: idOf(names.indexOf(name)),
  event_name: 'Step Reached',
  occurred_at: '2026-03-01T00:00:00.000Z',
  properties,
}));

const person = (index: number, rest: Partial<Person> = {}): Person => ({
  profile_id: idOf(index),
  country_code: null,
  city: `city ${index}`,
  email: null,
  consent_email: null,
  first_seen_at: '2026-01-01T00:00:00.000Z',
  birthday_on: null,
  order_count: index,
  lifetime_value: '0',
  score: null,
  last_order_at: null,
  tags: [],
  sizes: [],
  nickname: '',
  ...rest,
});

let warehouse: Warehouse;
let room: TestRoom;

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  room = segmentRoom(warehouse, warehouse.prefix);
  const traits: Record<number, Partial<Person>> = {
    0: { score: -0, ledger_id: '9007199254740993', lifetime_value: '12.50', is_member: true, flags: [true, false] },
    1: { score: 0, ledger_id: '9007199254740992', lifetime_value: '12.51', is_member: false, flags: [] },
    2: { score: 0.1, ledger_id: '18446744073709551615', consent_email: false, ratio: 0.1, wide_id: '36893488147419103233' },
  };
  await fillWorld(
    warehouse,
    names.map((_, index) => person(index, traits[index])),
    happenings,
  );
});
afterAll(async () => warehouse.close());

async function members(where: object, rest: object = {}): Promise<string[]> {
  room.apply({ tried: { where, ...rest } });
  const { sample } = await previewSegment(room, { id: 'tried' }, { sampleSize: 100 });
  return sample.map(({ profile_id }) => names[Number(String(profile_id).slice(-12))] ?? String(profile_id));
}

const found = (filter: object, rest?: object) => members({ event: 'Step Reached', where: [filter] }, rest);

describe('a property', () => {
  test.each([
    [
      'a number finds numbers and texts that are that number, and neither true nor a list',
      { is: 1 },
      ['int', 'float', 'text', 'padded', 'signed'],
    ],
    ['a text finds the same text and the number that JSON writes so', { is: '1' }, ['int', 'float', 'text']],
    ['a text that no number is written like finds only itself', { is: '01' }, ['padded']],
    ['true finds true and the text of it', { is: true }, ['true', 'text true']],
    ['false finds false', { is: false }, ['false']],
    ['a list may mix kinds: each value finds what it finds alone', { is: ['abc', 10, false] }, ['word', 'ten', 'false']],
    ['a list of booleans finds both', { in: [true, false] }, ['true', 'false', 'text true']],
    ['zero finds zero below zero', { is: [0, 10] }, ['ten', 'minus zero', 'zero']],
    ['0.1 finds the float and the text', { is: 0.1 }, ['tenth', 'tenth text']],
    ['digits past 2^53 are compared as they are written', { is: '9007199254740993' }, ['odd', 'odd text']],
    ['and so in order', { gt: '9007199254740992' }, ['odd', 'odd text', 'unsigned', 'ledger']],
    ['past 2^64 too', { gte: '18446744073709551616' }, ['ledger']],
    ['the ends of a range are included', { between: ['9007199254740992', '9007199254740993'] }, ['even', 'odd', 'odd text']],
    [
      'less than ten is asked of numbers and of texts that are one',
      { lt: 10 },
      ['int', 'float', 'text', 'padded', 'signed', 'nine', 'minus zero', 'zero', 'tenth', 'tenth text'],
    ],
    ['a text with an exponent, in hexadecimal or with a comma is no number', { between: [1.1, 5000] }, ['ten', 'nine']],
    [
      'missing are null, empty texts, lists and objects',
      { missing: true },
      ['null', 'empty list', 'empty', 'empty object', ...Object.keys(DATES)],
    ],
    [
      'text operators read numbers and booleans as JSON writes them, and no lists',
      { starts_with: '1' },
      ['int', 'float', 'text', 'ten', 'exponent', 'comma', 'unsigned'],
    ],
  ])('%s: %j', async (_, operator, expected) => {
    expect(await found({ property: 'step', ...operator })).toEqual(names.filter((name) => expected.includes(name)));
  });

  test('is_not finds every value that exists and that is does not find', async () => {
    const [is, isNot, exists] = [
      await found({ property: 'step', is: 1 }),
      await found({ property: 'step', is_not: 1 }),
      await found({ property: 'step', exists: true }),
    ];
    expect(exists).toContain('object');
    expect(exists).toContain('list true');
    expect([...is, ...isNot].sort()).toEqual([...exists].sort());
    expect(is.filter((name) => isNot.includes(name))).toEqual([]);
  });

  const onTheDay = ['day', 'offset', 'short offset', 'no zone', 'space'];
  test.each([
    ['a day is the day of the segment’s zone', { is: '2026-03-29' }, 'UTC', [...onTheDay, 'next day']],
    ['whose midnight may not exist', { is: '2026-03-29' }, 'Asia/Beirut', ['z', ...onTheDay]],
    ['whose clocks may go forward', { is: '2026-03-29' }, 'Europe/Amsterdam', onTheDay],
    ['and be half an hour off', { is: '2026-03-29' }, 'Asia/Kolkata', ['day', 'z', 'offset', 'short offset', 'no zone', 'space']],
    ['before a day is not on it', { before: '2026-03-29' }, 'Europe/Amsterdam', ['last day', 'z']],
    ['after a day is not on it', { after: '2026-03-29' }, 'Europe/Amsterdam', ['next day']],
    ['what is no date in ISO 8601 is before no day', { lte: '2299-12-31' }, 'Europe/Amsterdam', ['last day', 'z', ...onTheDay, 'next day']],
    ['and in no range', { between: ['1900-01-01', '2299-12-31'] }, 'Europe/Amsterdam', ['last day', 'z', ...onTheDay, 'next day']],
    [
      'days without a time are counted as days',
      { within: { last: '1d' } },
      'Europe/Amsterdam',
      ['day', 'z', 'offset', 'short offset', 'no zone'],
    ],
    ['a moment with an offset is a moment', { is: '2026-03-29T00:00:00Z' }, 'Europe/Amsterdam', ['offset', 'short offset']],
  ])('that is a date: %s: %j in %s', async (_, operator, timezone, expected) => {
    const asOf = 'within' in operator ? { as_of: '2026-03-29T21:00:00Z' } : {};
    const dates = (await found({ property: 'on', ...operator }, { timezone, ...asOf })).filter((name) => name in DATES);
    expect(dates).toEqual(Object.keys(DATES).filter((name) => expected.includes(name)));
  });
});

describe('a trait', () => {
  const first = (count: number) => names.slice(0, count);
  test.each([
    ['is compared in its own type: UInt64', { trait: 'ledger_id', is: '9007199254740993' }, ['int']],
    ['which holds no fraction', { trait: 'ledger_id', is: [2.5, '9007199254740992'] }, ['float']],
    ['and nothing below zero', { trait: 'ledger_id', lt: -1 }, []],
    ['or past its end', { trait: 'ledger_id', gt: '18446744073709551615' }, []],
    ['Int128', { trait: 'wide_id', gte: '36893488147419103233' }, ['text']],
    ['Decimal(18, 2), between whose values others lie', { trait: 'lifetime_value', gt: 12.505 }, ['float']],
    ['and that are not less for it', { trait: 'lifetime_value', between: [12.5, 12.505] }, ['int']],
    ['Float64, with the zero below zero in lists', { trait: 'score', is: [0, 7] }, first(2)],
    ['Float32, in which 0.1 is 0.1', { trait: 'ratio', is: 0.1 }, ['text']],
    ['both booleans of a list', { trait: 'is_member', is: [true, false] }, names],
    ['and of a list with nulls beside it', { trait: 'consent_email', in: [true, false] }, ['text']],
    ['lists of booleans', { trait: 'flags', has_all: [true, false] }, ['int']],
  ])('%s: %j', async (_, where, expected) => {
    expect(await members(where)).toEqual(expected);
  });
});

describe('what is accepted runs', () => {
  const size = async (where: object) => {
    room.apply({ large: { where } });
    const { members: previewed } = await previewSegment(room, { id: 'large' }, { sampleSize: 0 });
    const { size: published } = await publishSegment(room, 'large', { isForced: true });
    expect(previewed).toBe(published);
    return published;
  };

  test('1,000 conditions of 1,000 values', async () => {
    const any = Array.from({ length: 500 }, (_, index) => [
      { trait: 'city', is: `city ${index}` },
      { trait: 'order_count', is: index },
    ]).flat();
    expect(await size({ any })).toBe(names.length);
  });

  test('500 conditions on events, each with a filter of its own', async () => {
    const any = Array.from({ length: 500 }, (_, index) => ({
      event: 'Step Reached',
      during: { last: `${index + 30}d` },
      where: [{ property: 'step', is: index === 7 ? 'abc' : `nobody ${index}` }],
    }));
    expect(await size({ any })).toBe(1);
  });

  test('a list of 10,000 values, with 3,000 in each of three others', async () => {
    const values = (count: number) => Array.from({ length: count }, (_, index) => `it's ${index} ${'x'.repeat(20)}`);
    const any = [
      { trait: 'city', is: ['city 3', ...values(9_999)] },
      ...[1, 2, 3].map((n) => ({ trait: 'nickname', is: values(3_000 + n) })),
    ];
    const numbers = Array.from({ length: 10_000 }, (_, index) => String(9007199254740993n + BigInt(index)));
    expect(await size({ any: [...any, { trait: 'ledger_id', in: numbers }] })).toBe(2);
  });

  test('conditions nested as deep as may be, each level in another table', async () => {
    let where: object = { trait: 'city', exists: true };
    for (let level = 0; level < 48; level += 1) {
      const trait = level % 2 === 0 ? { trait: 'order_count', gte: 0 } : { trait: 'city', exists: true };
      where = level % 4 < 2 ? { all: [where, trait] } : { any: [{ all: [where, trait] }, { event: 'Never', count: { gte: 2 } }] };
    }
    room.apply({ deep: { where } });
    expect(await segmentSize(room, { id: 'deep' })).toMatchObject({ members: names.length });
  });

  test('more lists than one query can carry are refused with both numbers', async () => {
    const any = Array.from({ length: 950 }, (_, index) => ({ trait: 'city', is: [`a${index}`, `b${index}`] }));
    room.apply({ wide: { where: { any } } });
    await expect(segmentSize(room, { id: 'wide' })).rejects.toMatchObject({
      code: 'segments.invalid',
      message: expect.stringMatching(/needs 9\d\d parameters, lists of values for the most part; a query has at most 900/) as string,
    });
  });

  test('so are values that are longer than one query can carry', async () => {
    const any = [1, 2].map((list) => ({
      trait: 'city',
      is: Array.from({ length: 5_000 }, (_, index) => `${list} ${index} ${'é'.repeat(15)}`),
    }));
    room.apply({ long: { where: { any } } });
    await expect(segmentSize(room, { id: 'long' })).rejects.toThrow(
      /has values of 1,\d{3},\d{3} characters.*; a query has at most 900,000/,
    );
  });

  test.each([
    ['(a', ': missing )'],
    ['(?=a)', ', which has no look-ahead and no look-behind'],
    ['(a)\\1', ', which has no back-references'],
    ['a{1001}', ': invalid repetition size: {1001}'],
    ['a++', ': bad repetition operator: ++'],
    ['\\u00e9', ': invalid escape sequence: \\u'],
    ['(?>a)', ': invalid perl operator: (?>'],
  ])('the pattern %s is refused by the warehouse’s own RE2, where it stands', async (pattern, reason) => {
    room.apply({
      pattern: {
        where: {
          any: [
            { trait: 'city', exists: true },
            { trait: 'city', matches: pattern },
          ],
        },
      },
    });
    await expect(segmentSize(room, { id: 'pattern' })).rejects.toThrow(`where.any[1].matches: is not a regular expression of RE2${reason}`);
    room.apply({ pattern: { where: { event: 'Step Reached', where: [{ property: 'step', matches: pattern }] } } });
    await expect(publishSegment(room, 'pattern')).rejects.toThrow(`where.where[0].matches: is not a regular expression of RE2${reason}`);
  });

  test.each(['(?i)gent', '^\\d{4}$', 'a|b', '(?P<name>x)', '\\pL+', '\\Qa\\E', 'a{1000}', '[[:alpha:]]', '\\x{e9}'])(
    'the RE2 pattern %s is accepted and runs',
    async (pattern) => {
      room.apply({ pattern: { where: { trait: 'city', matches: pattern } } });
      expect(await segmentSize(room, { id: 'pattern' })).toMatchObject({ warnings: [] });
    },
  );
});
