import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { idOf } from '../../test/segments/arbitrary.ts';
import { createWorld, fillWorld, type Happening, type Person, Written, worldCatalogue } from '../../test/segments/world.ts';
import { testWarehouse } from '../../test/warehouse.ts';
import { formatProblem } from '../documents/problem.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { compileSegment } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';
import { readDefinition } from './document.ts';

let warehouse: Warehouse;

const AT = '2026-03-28T12:00:00.000Z';
const LARGE = `${'9'.repeat(36)}.99`;

/** One person for each list of values of the property `v`, each an event of its own. */
const PEOPLE: Readonly<Record<string, readonly unknown[]>> = {
  tenths: [0.1, 0.2],
  texts: ['0.10', '+0.2', ' 1', '1e3', '1,5', 'much'],
  mixed: [1, '1', true, [1], null, new Written('1.0')],
  small: [new Written('1e-7'), new Written('2.5e-7')],
  wide: ['9007199254740993', new Written('9007199254740993'), new Written('18446744073709551615')],
  large: [LARGE, LARGE, LARGE],
  larger: ['9'.repeat(37), new Written('1e36'), new Written('1e300')],
  thirds: [1, 1, 0],
  none: ['', {}, []],
};
const NAMES = Object.keys(PEOPLE);

beforeAll(async () => {
  warehouse = await testWarehouse();
  await createWorld(warehouse);
  const people = NAMES.map((name, index): Person => ({ ...SOMEBODY, profile_id: idOf(index), nickname: name }));
  const happenings = NAMES.flatMap((name, index) =>
    (PEOPLE[name] ?? []).map(
      (v): Happening => ({ profile_id: idOf(index), event_name: 'Paid', occurred_at: AT, properties: v === null ? {} : { v } }),
    ),
  );
  await fillWorld(warehouse, people, happenings);
});
afterAll(async () => warehouse.close());

const SOMEBODY = {
  country_code: null,
  city: '',
  email: null,
  consent_email: null,
  first_seen_at: AT,
  birthday_on: null,
  order_count: 0,
  lifetime_value: '0',
  score: null,
  last_order_at: null,
  tags: [],
  sizes: [],
} as const;

/** Those for whom it holds, by their names; both forms agree. */
async function holding(measure: object): Promise<string[]> {
  const read = readDefinition({ id: 'one', title: 'One', entity: 'person', where: { event: 'Paid', ...measure } });
  if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem(problem)).join('\n'));
  const checked = checkSegment(read.definition, { catalogue: worldCatalogue(warehouse.prefix), segments: new Map() });
  if (!checked.ok) throw new Error(checked.problems.map((problem) => formatProblem(problem)).join('\n'));
  const context = {
    now: new Date('2026-03-29T12:00:00Z'),
    timezone: 'Europe/Amsterdam',
    members: { database: '', table: '' },
    versions: new Map<string, string>(),
  };
  const ask = async (sql: string, { params, settings }: ReturnType<typeof compileSegment>) => {
    const query = defineQuery({ name: 'test.measure', sql, params: z.looseObject({}), row: z.object({ id: z.string() }) });
    const rows = await warehouse.reader.ask(query, params, { settings });
    return rows.map(({ id }) => NAMES[Number(id.slice(-12))] ?? id).sort();
  };
  const [members, conditions] = [compileSegment(checked.segment, context), compileConditions(checked.segment, context)];
  const found = await ask(`select toString(profile_id) as id from (${members.sql})`, members);
  expect(await ask(`select toString(profile_id) as id from (${conditions.sql}) where c0`, conditions)).toEqual(found);
  return found;
}

const v = { property: 'v' };

test.each([
  ['tenths are added up as decimals, in texts too', { sum: { ...v, eq: '0.3' } }, ['tenths', 'texts']],
  ['an average is not rounded', { avg: { ...v, gt: '0.66666666666666666666' }, where: [{ ...v, lte: 1 }] }, ['mixed', 'thirds']],
  [
    'an average of thirds is below what is above it',
    { avg: { ...v, lt: '0.66666666666666666667' } },
    ['small', 'tenths', 'texts', 'thirds'],
  ],
  ['numbers with an exponent are numbers', { sum: { ...v, eq: '0.00000035' } }, ['small']],
  ['no digit past 2^53 is lost', { sum: { ...v, eq: '18464758472219033601' } }, ['wide']],
  ['36 digits before the point are added up', { sum: { ...v, eq: `2${'9'.repeat(36)}.97` } }, ['large']],
  ['their averages and factors do not overflow', { avg: { ...v, gte: LARGE } }, ['large']],
  ['longer ones are no amounts', { sum: { ...v, gte: '1000000000000000000000000000000000000' } }, ['large']],
  ['values that JSON writes alike are one', { distinct: { ...v, eq: 2 } }, ['mixed', 'small', 'tenths', 'thirds', 'wide']],
  ['the same value again is counted', { repeats: { ...v, eq: 3 } }, ['large', 'mixed']],
  ['of no numbers there is no highest one', { max: { ...v, lt: 0 } }, []],
  ['without values 0 differ', { distinct: { ...v, eq: 0 } }, ['none']],
] as const)('%s', async (_, measure, expected) => {
  expect(await holding(measure)).toEqual(expected);
});

test('the largest amounts are compared with another window by a factor of six digits without an error', async () => {
  const other = { times: '99999.9', of: { during: { last: '1y' }, per: 1_000 } };
  expect(await holding({ during: { last: '30d' }, avg: { ...v, lt: other } })).toContain('large');
});

test('of several events at the same moment any may be the last', async () => {
  expect(await holding({ last: { where: [{ ...v, is: 'much' }] } })).toEqual(['texts']);
});

test('hours and days are those of clocks in the zone', async () => {
  expect(await holding({ where: [{ hour: { is: 13 } }, { weekday: 'sat' }] })).toHaveLength(NAMES.length);
  expect(await holding({ where: [{ hour: { is: 12 } }] })).toEqual([]);
});
