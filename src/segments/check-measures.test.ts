import { describe, expect, test } from 'vitest';
import { said } from '../../test/segments/said.ts';
import { worldCatalogue } from '../../test/segments/world.ts';
import { formatProblem } from '../documents/problem.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { readDefinition } from './document.ts';

function read(where: object) {
  const definition = readDefinition({ id: 'one', title: 'One', entity: 'person', where });
  if (!definition.ok) return { problems: definition.problems.map((problem) => formatProblem(problem)) };
  const checked = checkSegment(definition.definition, { catalogue: worldCatalogue(), segments: new Map() });
  if (!checked.ok) return { problems: checked.problems.map((problem) => formatProblem(problem)) };
  return { problems: [], sentence: said(where) };
}

describe('a measure of events', () => {
  test.each([
    [{ sum: { property: 'revenue', gte: 200 } }, 'the sum of revenue of Page Viewed is at least 200'],
    [{ avg: { property: 'revenue', between: [1, '2.5'] } }, 'the average revenue of Page Viewed is from 1 to 2.5'],
    [{ max: { property: 'revenue', eq: '36893488147419103233' } }, 'the highest revenue of Page Viewed is exactly 36893488147419103233'],
    [{ distinct: { property: 'item.sku', gte: 3 } }, 'at least 3 different values of item.sku in Page Viewed'],
    [{ repeats: { property: 'item.sku', eq: 2 } }, 'one value of item.sku exactly 2 times in Page Viewed'],
    [{ distinct: { column: 'source', gte: 2 } }, 'at least 2 different values of the column source in Page Viewed'],
    [
      { last: { where: [{ column: 'source', is: 'web' }] }, during: { last: '30d' } },
      'the last of Page Viewed in the last 30 days is one where the column source is web',
    ],
    [
      { where: [{ hour: { between: [18, 23] } }, { weekday: ['sat', 'sun'] }] },
      'Page Viewed at least once, where the hour is from 18 to 23 and the day is Saturday or Sunday',
    ],
    [
      { count: { lt: { times: 0.5, of: { during: { previous: { months: 3 } }, per: 3 } } }, during: { this: 'month' } },
      'the number of Page Viewed this month is less than 0.5 times that in the 3 whole months before this one divided by 3',
    ],
  ])('%j reads: %s', (measure, sentence) => {
    expect(read({ event: 'Page Viewed', ...measure })).toEqual({ problems: [], sentence });
  });

  test('of any event reads as one of any event', () => {
    expect(read({ event: { any: true }, last: { event: 'Page Viewed' } })).toEqual({
      problems: [],
      sentence: 'the last of any event is Page Viewed',
    });
  });

  test.each([
    [{ sum: { property: 'revenue', gte: 1 }, count: { gte: 1 } }, 'where: takes one of count and sum: write a condition for each'],
    [{ sum: { gte: 1 } }, 'where.sum: needs what to measure: one of property, column'],
    [{ sum: { property: 'revenue' } }, 'where.sum: needs a comparison: one of eq, gte'],
    [{ sum: { property: 'revenue', gte: 'much' } }, 'where.sum.gte: expected a number, not "much"'],
    [
      { sum: { property: 'revenue', gte: '0.000000000000000000001' } },
      'where.sum.gte: expected a number with at most 20 digits after the point',
    ],
    [{ sum: { property: 'revenue', between: [2, 1] } }, 'where.sum.between: write the lower value first: [1, 2]'],
    [{ sum: { property: 'reven`ue', gte: 1 } }, 'where.sum.property: a property is named by letters'],
    [
      { sum: { column: 'sourc', gte: 1 } },
      'where.sum.column: the events in the model events have no column sourc to ask for. It has source. Did you mean source?',
    ],
    [{ sum: { column: 'source', gte: 1 } }, 'where.sum.column: source is a text: sum takes numbers'],
    [{ distinct: { property: 'sku', gte: 1.5 } }, 'where.distinct.gte: expected a whole number'],
    [{ repeats: { property: 'sku', eq: 0 } }, 'where.repeats: a value that occurs does so at least once'],
    [{ first: {} }, 'where.first: needs what it is: `event`, `where` or both'],
    [{ first: { event: 'Order Complete' } }, 'where.first.event: Order Complete is none of the events of this condition: Page Viewed'],
    [{ where: [{ hour: { between: [18, 24] } }] }, 'where.where[0].hour.between[1]: an hour from 0 to 23'],
    [{ where: [{ hour: { gte: 1, lte: 2 } }] }, 'where.where[0].hour: takes one of gte and lte, not both'],
    [{ where: [{ weekday: 'saturday' }] }, 'where.where[0].weekday: mon, tue, wed, thu, fri, sat or sun'],
    [{ where: [{ weekday: 'sat', is: 1 }] }, 'where.where[0]: weekday has its comparison inside'],
    [
      { where: [{ property: 'a', column: 'source', is: 'web' }] },
      'where.where[0]: takes one of property and column, not both: write two filters',
    ],
    [{ where: [{ is: 'web' }] }, 'where.where[0]: needs one of property, column, hour, weekday'],
    [{ where: [{ column: 'source', gt: 5 }] }, 'where.where[0].gt: gt does not fit a text'],
    [
      { where: [{ column: 'url', is: 'x' }] },
      'where.where[0].column: the events in the model events have no column url to ask for. It has source.',
    ],
    [
      { count: { gte: { times: 0, of: { during: { last: '3d' } } } } },
      'where.count.gte.times: a factor above 0 with at most 6 digits, such as 0.5',
    ],
    [
      { count: { gte: { times: 0.5 } } },
      'where.count.gte: expected a whole number, or { times: 0.5, of: { during: { previous: month } } }',
    ],
    [
      { count: { gte: { of: { during: { since: { trait: 'last_order_at' } } } } } },
      'where.count.gte.of.during: windows of traits cannot be compared',
    ],
    [{ count: { gte: { of: { during: { last: '3d' }, per: 0 } } } }, 'where.count.gte.of.per: a whole number, 1 or more'],
  ])('that is wrong, %j, is refused in its place', (measure, problem) => {
    expect(read({ event: 'Page Viewed', ...measure }).problems.join('\n')).toContain(problem);
  });

  test('of a stream that has days knows no hours, and of a column no other type than its own', () => {
    expect(read({ event: 'Item Returned', where: [{ hour: { gte: 18 } }] }).problems).toEqual([
      'where.where[0].hour: the events in the model returns have a day and no hour',
    ]);
    expect(read({ event: 'Item Returned', avg: { property: 'reason', gte: 1 } }).problems).toEqual([
      'where.avg.property: reason is a text: avg takes numbers',
    ]);
    expect(read({ event: { any: 1 } }).problems.join()).toContain('where.event');
  });
});
