/** What is refused of the operators that look at a calendar, at other traits or at other entities; and which days an anniversary is on. */
import { describe, expect, test } from 'vitest';
import { worldCatalogue } from '../../test/segments/world.ts';
import { catalogueOf } from '../catalogue/catalogue.ts';
import { formatProblem } from '../documents/problem.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { daysOfYear } from './compile-anniversary.ts';
import { readDefinition } from './document.ts';

function problemsOf(where: object, catalogue = worldCatalogue()): string {
  const read = readDefinition({ id: 'one', title: 'one', entity: 'person', where });
  const checked = read.ok ? checkSegment(read.definition, { catalogue, segments: new Map() }) : read;
  return checked.ok ? '' : checked.problems.map((problem) => formatProblem(problem)).join('\n');
}

describe('refused, with what was expected', () => {
  test.each([
    [{ trait: 'birthday_on', anniversary: { next: '12h' } }, 'where.anniversary.next: whole days or weeks, like 7d or 2w, 365 days'],
    [{ trait: 'birthday_on', anniversary: { last: '366d' } }, 'where.anniversary.last: whole days or weeks'],
    [{ trait: 'birthday_on', anniversary: { next: '7d', last: '7d' } }, 'where.anniversary: takes one of next and last, not both'],
    [{ trait: 'birthday_on', anniversary: 'tomorrow' }, 'where.anniversary: today, { next: 7d } or { last: 7d }'],
    [{ trait: 'city', anniversary: 'today' }, 'where.anniversary: anniversary does not fit a text'],
    [{ trait: 'first_seen_at', is: 'now' }, 'where.is: expected a date like 2026-03-31'],
    [{ trait: 'order_count', before: 'now' }, 'where.before: before does not fit a number'],
    [{ trait: 'first_seen_at', before: 'soon' }, 'where.before: now, a date'],
    [{ trait: 'score', gt: { trait: 'city', times: 2 } }, 'where.gt: score is a number and city a text'],
    [{ trait: 'city', is: { trait: 'nickname', plus: 1 } }, 'where.is: city is a text: only numbers are compared with a calculation'],
    [{ trait: 'score', gt: { trait: 'order_count', times: 'half' } }, 'where.gt.times: expected a number, not the text "half"'],
    [{ trait: 'score', gt: { trait: 'order_count', times: { trait: 'points' } } }, 'where.gt.times: expected a number'],
    [
      { trait: 'score', gt: { trait: 'order_count', plus: { trait: 'city' } } },
      'where.gt.plus.trait: city is a text: only numbers are added',
    ],
    [
      { trait: 'score', gt: { trait: 'order_count', plus: { trait: 'order_cont' } } },
      'where.gt.plus.trait: there is no trait order_cont of a person. Did you mean order_count?',
    ],
    [
      { trait: 'score', gt: { trait: 'order_count', plus: { trait: 'points' }, minus: { trait: 'fee' } } },
      'where.gt: is calculated from three traits: two are the most',
    ],
    [{ trait: 'score', gt: { trait: 'order_count', divided_by: 2 } }, 'where.gt.divided_by: there is no divided_by'],
    [{ trait: 'fee', gt: { trait: 'fee', times: `0.${'1'.repeat(60)}` } }, 'where.gt: may have more than 76 digits'],
    [{ trait: 'score', gt: { times: 2 } }, 'where.gt'],
    [{ trait: 'order_count', top: {} }, 'where.top: takes one of { share: 0.1 } and { count: 100 }'],
    [{ trait: 'order_count', top: { share: 0.1, count: 5 } }, 'where.top: takes one of { share: 0.1 } and { count: 100 }'],
    [{ trait: 'order_count', top: { share: 10 } }, 'where.top.share: a share of at most 1: 0.1 is 10 %'],
    [{ trait: 'order_count', top: { share: 0 } }, 'where.top.share: a share above 0: 0.1 is 10 %'],
    [{ trait: 'order_count', top: { share: 0.0000001 } }, 'where.top.share: a share with at most 6 digits'],
    [{ trait: 'order_count', bottom: { count: 0 } }, 'where.bottom.count: a whole number, 1 or more'],
    [{ trait: 'city', top: { count: 5 } }, 'where.top: top does not fit a text: it takes numbers, dates and moments'],
    [
      { trait: 'score', top: { count: 5, per: { trait: 'tags' } } },
      'where.top.per.trait: tags is a list: entities are grouped by one value',
    ],
    [
      { trait: 'score', top: { count: 5, per: { trait: 'citi' } } },
      'where.top.per.trait: there is no trait citi of a person. Did you mean city?',
    ],
    [{ trait: 'tags', size: { between: [3, 1] } }, 'where.size.between: write the lower number first: [1, 3]'],
    [{ trait: 'tags', size: 3 }, 'where.size: expected a comparison: { gte: 3 }'],
    [{ trait: 'city', size: { gte: 3 } }, 'where.size: size does not fit a text'],
  ])('%j', (where, problem) => {
    expect(problemsOf(where)).toContain(problem);
  });

  test('an undeclared trait has no type to rank or to calculate with', () => {
    const closed = worldCatalogue();
    const person = closed.entities.get('person');
    if (!person) throw new Error('the world has no people');
    const openTraits = { column: 'traits', description: 'What identify calls say.', isPii: true, table: person.table };
    const catalogue = { ...closed, entities: new Map([['person', { ...person, openTraits }]]) };
    expect(problemsOf({ trait: 'traits.plan', top: { count: 5 } }, catalogue)).toContain('where.top: traits.plan has no declared type');
    expect(problemsOf({ trait: 'score', top: { count: 5, per: { trait: 'traits.plan' } } }, catalogue)).toContain(
      'where.top.per.trait: traits.plan has no declared type: entities cannot be grouped by it',
    );
    expect(problemsOf({ trait: 'score', gt: { trait: 'order_count', plus: { trait: 'traits.plan' } } }, catalogue)).toContain(
      'where.gt.plus.trait: traits.plan has no declared type',
    );
  });

  test('two traits whose digits no decimal holds side by side', () => {
    const types = {
      small: 'Decimal(18, 2)',
      wide: 'Int256',
      long: 'UInt64',
      whole: 'Decimal(76, 0)',
      fine: 'Decimal(38, 38)',
      float: 'Float64',
    };
    const columns = Object.entries(types).map(([name, dataType]) => ({
      name,
      dataType,
      description: '',
      meta: { sluice: { trait: true } },
    }));
    const catalogue = catalogueOf([
      {
        name: 'people',
        schema: 'd',
        alias: 'people',
        description: '',
        meta: { sluice: { entity: 'person', key: 'id', label: 'Person' } },
        columns: [{ name: 'id', dataType: 'UUID', description: '', meta: {} }, ...columns],
      },
    ]);
    const refused = (trait: string, other: string) => problemsOf({ trait, gt: { trait: other } }, catalogue);
    for (const [trait, other] of [
      ['small', 'wide'],
      ['wide', 'fine'],
      ['whole', 'small'],
      ['whole', 'wide'],
    ] as const)
      expect(refused(trait, other)).toContain('where.gt: may have more than 76 digits');
    for (const [trait, other] of [
      ['small', 'long'],
      ['wide', 'long'],
      ['whole', 'long'],
      ['fine', 'long'],
      ['whole', 'float'],
    ] as const)
      expect(refused(trait, other)).toBe('');
  });
});

describe('the days of an anniversary', () => {
  const at = (moment: string, when: Parameters<typeof daysOfYear>[0], timezone = 'UTC') =>
    daysOfYear(when, { asOfMs: Date.parse(moment), timezone });

  test('a window past the turn of the year has days in both years', () => {
    expect(at('2026-12-28T12:00:00Z', { is: 'next', days: 7 })).toEqual([
      { year: 2026, first: 1229, last: 1231 },
      { year: 2027, first: 101, last: 104 },
    ]);
    expect(at('2027-01-02T12:00:00Z', { is: 'last', days: 3 })).toEqual([
      { year: 2026, first: 1231, last: 1231 },
      { year: 2027, first: 101, last: 102 },
    ]);
  });

  test('29 February is kept on 28 February where there is none', () => {
    expect(at('2027-02-28T12:00:00Z', 'today')).toEqual([{ year: 2027, first: 228, last: 229 }]);
    expect(at('2028-02-28T12:00:00Z', 'today')).toEqual([{ year: 2028, first: 228, last: 228 }]);
    expect(at('2028-02-29T12:00:00Z', 'today')).toEqual([{ year: 2028, first: 229, last: 229 }]);
    expect(at('2027-03-01T12:00:00Z', { is: 'last', days: 1 })).toEqual([{ year: 2027, first: 301, last: 301 }]);
    expect(at('2027-02-27T12:00:00Z', { is: 'next', days: 1 })).toEqual([{ year: 2027, first: 228, last: 229 }]);
  });

  test('today is the day that clocks in the zone show', () => {
    expect(at('2026-12-31T23:30:00Z', 'today', 'Europe/Amsterdam')).toEqual([{ year: 2027, first: 101, last: 101 }]);
  });
});
