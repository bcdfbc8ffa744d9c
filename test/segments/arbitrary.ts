/** Random people, events and definitions, drawn from small pools so that conditions and data meet: ties, duplicates, nulls, empty values, DST. */
import fc from 'fast-check';
import type { Node } from '../../src/segments/definition.ts';
import { clockFilters, dayFilters, measured, sourceFilters } from './arbitrary-events.ts';
import { busy, busyReturns, sequences } from './arbitrary-sequences.ts';
import { anniversary, beforeNow, LEAP_DAYS, moreTraits, size } from './arbitrary-traits.ts';
import { comparableWindows, duringWindows, withinDays, withinMoments } from './arbitrary-windows.ts';
import { SQL_TEXTS } from './oracle-sql.ts';
import {
  APP_EVENTS,
  DATE_TEXTS,
  DATES,
  EVENTS,
  EXACT,
  from,
  LOOKALIKES,
  MOMENTS,
  NUMBERS,
  orNull,
  SOURCES,
  TEXTS,
  text,
  WRITTEN,
} from './pools.ts';
import { SETS } from './set-world.ts';
import { type Happening, type OtherStreams, type Person, RETURNED, Written } from './world.ts';

const persons = fc.record({
  country_code: orNull(['NL', 'BE', 'Gent', '']),
  city: from([...TEXTS, '']),
  email: orNull([...TEXTS, '']),
  consent_email: orNull([true, false]),
  first_seen_at: from(MOMENTS),
  birthday_on: orNull([...DATES, ...LEAP_DAYS]),
  order_count: from([0, 1, 2, 3, 20]),
  lifetime_value: from(['0', '0.10', '2.50', '250.00', '99.99', '-1.00']),
  score: orNull([...NUMBERS, -0, 9007199254740992]),
  last_order_at: orNull(MOMENTS),
  tags: fc.array(from(['NL', 'Gent', "O'Brien", '日本']), { maxLength: 3 }),
  sizes: fc.array(from([0, 1, 2, 20]), { maxLength: 3 }),
  nickname: from(['NL', 'Gent', '', 'gent']),
  is_member: fc.boolean(),
  ledger_id: from(['0', '1', '9007199254740992', '9007199254740993', '18446744073709551615']),
  wide_id: orNull(['0', '-1', '36893488147419103233', '-9007199254740993']),
  fee: from(['0', '0.1', '0.1000000001', '9007199254740993', '-0.005', '9999999999999999999999999999.9999999999']),
  ratio: orNull([0, -0, 0.1, 0.5, 16777216, -1]),
  flags: fc.array(fc.boolean(), { maxLength: 3 }),
  amounts: fc.array(from(['0', '0.1', '99.99', '-1', '12.50']), { maxLength: 3 }),
  ledgers: fc.array(from(['0', '1', '9007199254740992', '9007199254740993', '18446744073709551615']), { maxLength: 3 }),
});

const lists = from([[], [1], [true], ['NL'], [null], [{ sku: 'NL' }]]);
const objects = from([{}, { a: null }, { a: 1 }, { a: { b: 'NL' } }, { sku: new Written('1.0') }]);
const property = fc.oneof(
  from(NUMBERS),
  from(WRITTEN),
  from(TEXTS),
  from(LOOKALIKES),
  from(['', '12.5', 'abc']),
  fc.boolean(),
  fc.constant(null),
  lists,
  objects,
);
const properties = fc.record(
  {
    revenue: fc.oneof({ weight: 3, arbitrary: from(NUMBERS) }, { weight: 1, arbitrary: property }),
    category: property,
    item: fc.oneof({ weight: 3, arbitrary: fc.record({ sku: property }) }, { weight: 1, arbitrary: property }),
    step: fc.oneof({ weight: 2, arbitrary: from(WRITTEN) }, { weight: 2, arbitrary: from(LOOKALIKES) }, { weight: 1, arbitrary: property }),
    on: fc.oneof({ weight: 5, arbitrary: from(DATE_TEXTS) }, { weight: 2, arbitrary: from(DATES) }, { weight: 1, arbitrary: property }),
  },
  { requiredKeys: [] },
);

const loyalty = fc.array(
  fc.record({
    points: from([0, 1, 3, 20]),
    tier: from(['none', 'silver', 'gold'] as const),
    badges: fc.array(from(['NL', 'Gent']), { maxLength: 2 }),
    joined_on: orNull(DATES.slice(2)),
  }),
  { maxLength: 2 },
);

const returns = fc.record({
  returned_on: orNull(DATES.slice(2)),
  revenue: orNull(['0', '0.10', '2.50', '20', '250.00', '99.99', '-1.00']),
  reason: orNull(['NL', 'Gent', 'gent', "O'Brien", '']),
  is_damaged: orNull([true, false]),
  items: from([0, 1, 2, 20]),
  due_on: orNull(DATES),
});

export interface Population extends OtherStreams {
  readonly people: readonly Person[];
  readonly happenings: readonly Happening[];
}

const happeningsNamed = (names: readonly string[], maxLength: number) =>
  fc.array(fc.record({ event_name: from(names), occurred_at: from(MOMENTS), properties, source: from(SOURCES) }), { maxLength });

export const populations: fc.Arbitrary<Population> = fc
  .array(
    fc.record({
      person: persons,
      extra: fc.record({ loyalty, lacks_traits: fc.nat(3).map((one) => one === 0) }),
      // Those that are named as the stream of returns are not counted: that stream has them all.
      web: fc.oneof(happeningsNamed([...EVENTS, RETURNED, ''], 8), busy),
      app: happeningsNamed(APP_EVENTS, 3),
      returned: fc.oneof(fc.array(returns, { maxLength: 3 }), busyReturns),
    }),
    { minLength: 12, maxLength: 25 },
  )
  .map((drawn) => {
    const ofEach = <T extends object, K extends string>(key: K, rowsOf: (one: (typeof drawn)[number]) => readonly T[]) =>
      drawn.flatMap((one, index) => rowsOf(one).map((row) => ({ [key]: idOf(index), ...row }) as T & Record<K, string>));
    return {
      people: drawn.map(({ person, extra }, index) => ({ profile_id: idOf(index), ...person, ...extra }) as Person),
      // The first event of each person twice: two equal rows are two occurrences.
      happenings: ofEach('profile_id', ({ web }) => [...web, ...web.slice(0, 1)]) as readonly Happening[],
      appEvents: ofEach('profile_id', ({ app }) => app) as readonly Happening[],
      returns: ofEach('customer_id', ({ returned }) => returned),
    };
  });

export const idOf = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

const listOf = <T>(values: fc.Arbitrary<T>) => fc.uniqueArray(values, { minLength: 1, maxLength: 3 });
const one = <K extends string, T>(key: K, value: fc.Arbitrary<T>) => value.map((operand) => ({ [key]: operand }));

const textOperators = (values: fc.Arbitrary<string>) =>
  fc.oneof(
    one('is', fc.oneof(values, listOf(values))),
    one('is_not', fc.oneof(values, listOf(values))),
    one('in', listOf(values)),
    one('not_in', listOf(values)),
    one('contains', values),
    one('starts_with', values),
    one('ends_with', values),
    one('matches', from(['^N', 'e.t$', '.', '日|å', '\\d+', "'"])),
    existence,
  );
const existence = fc.oneof(one('exists', fc.constant(true)), one('missing', fc.constant(true)));
const ordered = <T>(values: fc.Arbitrary<T>, compare: (a: T, b: T) => number) =>
  fc.oneof(
    ...(['gt', 'gte', 'lt', 'lte'] as const).map((operator) => one(operator, values)),
    one(
      'between',
      fc.tuple(values, values).map((pair) => [...pair].sort(compare)),
    ),
  );
/** A few of the many numbers, and their texts, so that they meet the data. */
const numbers = fc.oneof({ weight: 2, arbitrary: from(NUMBERS) }, { weight: 1, arbitrary: from(EXACT) });
const numberOperators = (values: fc.Arbitrary<number | string>) =>
  fc.oneof(
    one('is', fc.oneof(values, listOf(values))),
    one('is_not', values),
    one('in', listOf(values)),
    one('not_in', listOf(values)),
    ordered(values, (a, b) => Number(a) - Number(b)).filter(isInOrder),
  );

/** Sorting by value in double precision may leave neighbours past 2^53 in the wrong order, which the check would refuse. */
function isInOrder(operator: object): boolean {
  const pair = 'between' in operator ? (operator.between as (number | string)[]) : [];
  const isWhole = pair.every((value) => /^-?\d+$/.test(String(value)));
  return !isWhole || pair.length === 0 || BigInt(pair[0] ?? 0) <= BigInt(pair[1] ?? 0);
}
const dateOperators = (values: fc.Arbitrary<string>) =>
  fc.oneof(
    one('is', from(DATES)),
    one('is_not', from(DATES)),
    one('before', values),
    one('after', values),
    beforeNow,
    anniversary,
    ordered(from(DATES), (a, b) => a.localeCompare(b)),
    existence,
  );
const when = fc.oneof(from(DATES), from(MOMENTS));

const on = (name: string, operators: fc.Arbitrary<object>) => operators.map((operator) => ({ trait: name, ...operator }));
const comparing = (a: string, operators: readonly string[], b: string) =>
  from(operators).map((operator) => ({ trait: a, [operator]: { trait: b } }));

const traits = fc.oneof(
  { weight: 4, arbitrary: moreTraits as fc.Arbitrary<object> },
  ...['tags', 'sizes', 'flags', 'amounts', 'badges'].map((name) => on(name, size)),
  ...['country_code', 'city', 'email', 'nickname'].map((name) => on(name, textOperators(text))),
  ...['consent_email', 'is_member'].map((name) =>
    on(
      name,
      fc.oneof(
        ...(['is', 'is_not'] as const).map((operator) => one(operator, fc.oneof(fc.boolean(), listOf(fc.boolean())))),
        one('in', listOf(fc.boolean())),
        one('not_in', listOf(fc.boolean())),
        existence,
      ),
    ),
  ),
  ...['order_count', 'lifetime_value', 'score', 'ledger_id', 'wide_id', 'fee', 'ratio'].map((name) =>
    on(name, fc.oneof({ weight: 5, arbitrary: numberOperators(numbers) }, { weight: 1, arbitrary: existence })),
  ),
  on('first_seen_at', fc.oneof(dateOperators(when), withinMoments)),
  on('last_order_at', fc.oneof(dateOperators(when), withinMoments)),
  on('birthday_on', fc.oneof(dateOperators(from(DATES)), withinDays)),
  on(
    'tags',
    fc.oneof(
      ...['has_any', 'has_all', 'has_none'].map((operator) => one(operator, listOf(from(['NL', 'Gent', "O'Brien", 'zz'])))),
      existence,
    ),
  ),
  on('sizes', fc.oneof(...['has_any', 'has_all', 'has_none'].map((operator) => one(operator, listOf(from([0, 1, 20, -1])))), existence)),
  on('flags', fc.oneof(...['has_any', 'has_all', 'has_none'].map((operator) => one(operator, listOf(fc.boolean()))), existence)),
  ...['amounts', 'ledgers'].map((name) =>
    on(name, fc.oneof(...['has_any', 'has_all', 'has_none'].map((operator) => one(operator, listOf(numbers))), existence)),
  ),
  on('points', fc.oneof({ weight: 3, arbitrary: numberOperators(numbers) }, { weight: 1, arbitrary: existence })),
  on('tier', fc.oneof(textOperators(from(['none', 'gold', 'GO', 'Gent'])), existence)),
  on('badges', fc.oneof(...['has_any', 'has_all', 'has_none'].map((operator) => one(operator, listOf(from(['NL', 'zz'])))), existence)),
  on('joined_on', fc.oneof(dateOperators(from(DATES)), withinDays)),
  comparing('points', ['is', 'is_not', 'gt', 'lte'], 'order_count'),
  comparing('ledger_id', ['is', 'gt', 'lte'], 'fee'),
  comparing('ledger_id', ['is', 'is_not', 'gte', 'lt'], 'score'),
  comparing('fee', ['is', 'gt', 'lte'], 'lifetime_value'),
  comparing('wide_id', ['is', 'is_not', 'lt'], 'ledger_id'),
  comparing('city', ['is', 'is_not'], 'nickname'),
  comparing('country_code', ['is', 'is_not'], 'email'),
  comparing('score', ['is', 'is_not', 'gt', 'gte', 'lt', 'lte'], 'lifetime_value'),
  comparing('order_count', ['is', 'gt', 'lte'], 'lifetime_value'),
  comparing('first_seen_at', ['before', 'after', 'is', 'lte'], 'last_order_at'),
);

const operands = fc.oneof(
  from(NUMBERS),
  from(EXACT),
  from(LOOKALIKES),
  text,
  fc.boolean(),
  from(DATE_TEXTS).filter((value) => value !== ''),
);
const memberships = fc.oneof(
  ...(['is', 'is_not'] as const).map((operator) => one(operator, fc.oneof(operands, listOf(operands)))),
  ...(['in', 'not_in'] as const).map((operator) => one(operator, listOf(operands))),
);
const dateFilters = fc.oneof(
  one('before', when),
  one('after', when),
  one('is', when),
  one('is_not', from(DATES)),
  beforeNow,
  anniversary,
  ordered(from(DATES), (a, b) => a.localeCompare(b)),
  withinMoments,
);

const filters = fc.oneof(
  numberOperators(numbers).chain((operator) =>
    from(['revenue', 'category', 'item.sku', 'step']).map((name) => ({ property: name, ...operator })),
  ),
  memberships.chain((operator) => from(['step', 'category', 'item.sku', 'item']).map((name) => ({ property: name, ...operator }))),
  textOperators(text).chain((operator) =>
    from(['category', 'item.sku', 'step', 'nothing']).map((name) => ({ property: name, ...operator })),
  ),
  dateFilters.chain((operator) => from(['on', 'on', 'step']).map((name) => ({ property: name, ...operator }))),
  existence.chain((operator) => from(['category', 'item', 'item.sku', 'step', 'on']).map((name) => ({ property: name, ...operator }))),
  size.chain((operator) => from(['category', 'item', 'item.sku']).map((name) => ({ property: name, ...operator }))),
  fc.boolean().chain((is) => from(['category', 'step']).map((name) => ({ property: name, is }))),
  clockFilters,
  dayFilters,
  sourceFilters,
);

const times = fc.nat({ max: 4 });
const counts = fc.oneof(
  ...['eq', 'gte', 'lte', 'gt', 'lt'].map((operator) => one(operator, operator === 'lt' ? fc.integer({ min: 1, max: 4 }) : times)),
  one(
    'between',
    fc.tuple(times, times).map((pair) => [...pair].sort((a, b) => a - b)),
  ),
);
const EVERY_NAME = [...EVENTS, 'App Opened'];
const webEvents = fc.record(
  {
    event: fc.oneof(from(EVERY_NAME), listOf(from(EVERY_NAME))),
    count: counts,
    during: duringWindows,
    where: fc.array(filters, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['event'] },
);

const named = (name: string, operators: fc.Arbitrary<object>) => operators.map((operator) => ({ property: name, ...operator }));
const columnFilters = fc.oneof(
  named('revenue', numberOperators(numbers)),
  named('items', numberOperators(numbers)),
  named('reason', textOperators(text)),
  named('is_damaged', fc.oneof(one('is', fc.boolean()), one('is_not', fc.boolean()), existence)),
  named('due_on', fc.oneof(dateOperators(from(DATES)), withinDays)),
);
const returnEvents = fc.record(
  { event: fc.constant(RETURNED), count: counts, during: duringWindows, where: fc.array(columnFilters, { minLength: 1, maxLength: 2 }) },
  { requiredKeys: ['event'] },
);
/** Of several streams at once, with a property that all of them have. */
const mixedEvents = fc.record(
  {
    event: fc.subarray(EVENTS, { minLength: 1 }).map((names) => [...names, RETURNED]),
    count: counts,
    during: duringWindows,
    where: fc.array(named('revenue', numberOperators(numbers)), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['event'] },
);
const revenueFilters = fc.oneof(named('revenue', numberOperators(numbers)), dayFilters);
/** Of every stream. */
const anyEvents = fc.record(
  {
    event: fc.constant({ any: true }),
    count: counts,
    during: duringWindows,
    where: fc.array(revenueFilters, { minLength: 1, maxLength: 1 }),
  },
  { requiredKeys: ['event'] },
);
const namesOf = ({ event }: { event: unknown }) => [event as string | string[]].flat();
const web = { numbers: ['revenue', 'step', 'category', 'item.sku'], values: ['step', 'category', 'item.sku', 'item', 'on'], filters };
const columns = { numbers: ['revenue', 'items'], values: ['revenue', 'items', 'reason', 'is_damaged', 'due_on'], filters: columnFilters };
const shared = { numbers: ['revenue'], values: ['revenue'], filters: revenueFilters };
const events = fc.oneof(
  { weight: 3, arbitrary: webEvents },
  { weight: 1, arbitrary: returnEvents },
  { weight: 1, arbitrary: mixedEvents },
  { weight: 1, arbitrary: anyEvents },
  { weight: 3, arbitrary: measured(webEvents, { ...web, names: namesOf }) },
  { weight: 1, arbitrary: measured(returnEvents, { ...columns, names: namesOf }) },
  { weight: 1, arbitrary: measured(mixedEvents, { ...shared, names: namesOf }) },
  { weight: 1, arbitrary: measured(anyEvents, { ...shared, names: () => [...EVERY_NAME, RETURNED] }) },
);

const sequenceNodes = sequences(filters, named('revenue', numberOperators(numbers)), comparableWindows, counts);

/** Any definition's `where`; `segments` are ids that may be referred to. `hasSets`: the world has the lists and audiences of set-world.ts. */
export function nodes(segments: readonly string[], { hasSets = false } = {}): fc.Arbitrary<Node> {
  const leaf = fc.oneof(
    { weight: 3, arbitrary: traits },
    { weight: 3, arbitrary: events },
    { weight: 1, arbitrary: sequenceNodes },
    { weight: 1, arbitrary: from(segments).map((segment) => ({ segment })) },
    { weight: 1, arbitrary: from(SQL_TEXTS).map((sql) => ({ sql })) },
    ...(hasSets ? [{ weight: 1, arbitrary: from(SETS) }] : []),
  );
  const { node } = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 2, arbitrary: leaf as fc.Arbitrary<Node> },
      { weight: 2, arbitrary: fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })) },
      { weight: 2, arbitrary: fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })) },
      { weight: 1, arbitrary: tie('node').map((not) => ({ not })) },
    ),
  }));
  return node;
}

/** Half an hour off, half an hour of summer time, days without a midnight. */
export const ZONES = ['UTC', 'Europe/Amsterdam', 'Asia/Beirut', 'America/Los_Angeles', 'Asia/Kolkata', 'Australia/Lord_Howe'];
export const zones = from(ZONES);
export const askedAt = from(['2026-03-29T12:00:00Z', '2026-03-30T00:00:00Z', '2026-03-29T01:00:00Z']);
