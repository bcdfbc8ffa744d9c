import { describe, expect, test } from 'vitest';
import { said } from '../../test/segments/said.ts';
import { worldCatalogue } from '../../test/segments/world.ts';
import { formatProblem } from '../documents/problem.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { readDefinition } from './document.ts';

function read(where: object, rest: object = {}) {
  const definition = readDefinition({ id: 'one', title: 'One', entity: 'person', where, ...rest });
  if (!definition.ok) return { problems: definition.problems.map((problem) => formatProblem(problem)) };
  const checked = checkSegment(definition.definition, { catalogue: worldCatalogue(), segments: new Map() });
  if (!checked.ok) return { problems: checked.problems.map((problem) => formatProblem(problem)) };
  return { problems: [], sentence: said(where), warnings: checked.warnings.map(({ message }) => message) };
}

describe('a window', () => {
  test.each([
    [{ last: '3mo' }, 'in the last 3 months'],
    [{ last: '30min' }, 'in the last 30 minutes'],
    [{ between: ['2q', '2y'] }, 'between 2 quarters and 2 years ago'],
    [{ this: 'day' }, 'today'],
    [{ this: 'week' }, 'this week'],
    [{ previous: 'day' }, 'yesterday'],
    [{ previous: 'quarter' }, 'in the previous quarter'],
    [{ previous: { months: 3 } }, 'in the 3 whole months before this one'],
    [{ since: { trait: 'last_order_at' } }, 'since last_order_at'],
    [{ since: { trait: 'birthday_on' }, until: { trait: 'last_order_at' } }, 'since birthday_on until last_order_at'],
  ])('of events, %j, reads: %s', (during, words) => {
    expect(read({ event: 'Page Viewed', during })).toMatchObject({ problems: [], sentence: `Page Viewed at least once ${words}` });
  });

  test.each([
    [{ this: 'month' }, 'is this month'],
    [{ between: ['30d', '90d'] }, 'is between 30 days and 90 days ago'],
    [{ next: '1y' }, 'is in the next year'],
    [{ from: '2026-01-01', to: '2026-01-31' }, 'is from 1 January 2026 until 31 January 2026'],
  ])('of a trait, %j, reads: %s', (within, words) => {
    expect(read({ trait: 'birthday_on', within })).toMatchObject({ problems: [], sentence: `birthday_on ${words}` });
  });

  test.each([
    [{ during: { last: '3m' } }, 'where.during.last: expected a length like 30min, 12h, 30d, 8w, 3mo, 2q or 1y'],
    [{ during: { this: 'decade' } }, 'where.during.this: day, week, month, quarter or year'],
    [{ during: { previous: { months: 0 } } }, 'where.during.previous.months: a whole number, 1 or more'],
    [{ during: { previous: { months: 1, days: 2 } } }, 'where.during.previous: takes one of days and months, not both'],
    [{ during: { previous: 3 } }, 'where.during.previous: day, week, month, quarter, year or { months: 3 }'],
    [{ during: { this: 'month', last: '3d' } }, 'where.during: takes one of { last: 30d }'],
    [{ during: { between: ['31d', '1mo'] } }, 'where.during.between: write the shorter length first: [1mo, 31d]'],
    [{ during: { between: ['1y', '12mo'] } }, 'where.during.between: write the shorter length first: [12mo, 1y]'],
    [
      { during: { since: { trait: 'city' } } },
      'where.during.since.trait: city is a text: a window begins or ends with a trait that is a date',
    ],
    [
      { during: { until: { trait: 'last_ordr_at' } } },
      'where.during.until.trait: there is no trait last_ordr_at of a person. Did you mean last_order_at?',
    ],
    [{ during: { next: '3d' } }, 'where.during.next: there is no next here.'],
  ])('of events that is wrong, %j, is refused in its place', (rest, problem) => {
    expect(read({ event: 'Page Viewed', ...rest }).problems.join('\n')).toContain(problem);
  });

  test.each([
    [{ within: { last: '30min' } }, 'where.within: a date has no hours: use whole days'],
    [{ within: { from: '2026-01-01T00:00:00Z' } }, 'where.within: expected a date like 2026-03-31'],
    [{ within: { from: '2026-02-01', to: '2026-01-01' } }, 'where.within.to: 2026-01-01 is before 2026-02-01'],
    [{ within: { since: { trait: 'last_order_at' } } }, 'where.within.since: there is no since here.'],
    [{ within: {} }, 'where.within: takes one of { last: 30d }, { next: 30d }'],
  ])('of a trait that is wrong, %j, is refused in its place', (rest, problem) => {
    expect(read({ trait: 'birthday_on', ...rest }).problems.join('\n')).toContain(problem);
  });

  test('that begins with a trait is told to read it as it is now, whatever as_of is', () => {
    const { warnings } = read({ event: 'Page Viewed', during: { since: { trait: 'last_order_at' } } }, { as_of: '2026-01-01' });
    expect(warnings?.join()).toContain('where (the trait last_order_at)');
  });
});
