import { describe, expect, test } from 'vitest';
import { said } from '../../test/segments/said.ts';
import { worldCatalogue } from '../../test/segments/world.ts';
import type { EventSample } from '../catalogue/event-sample.ts';
import { formatProblem } from '../documents/problem.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { compileSegment } from './compile.ts';
import { readDefinition } from './document.ts';
import { tooManyConditions } from './limits.ts';

const catalogue = worldCatalogue();
const ORDER = { event: 'Order Completed' };
const VIEW = { event: 'Page Viewed' };

function check(where: object, events?: readonly EventSample[]) {
  const read = readDefinition({ id: 'one', title: 'One', entity: 'person', where });
  if (!read.ok) return { ok: false, problems: read.problems, warnings: [] } as const;
  return checkSegment(read.definition, { catalogue, segments: new Map(), ...(events ? { events } : {}) });
}

function problemsOf(where: object): string[] {
  const checked = check(where);
  return checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem));
}

function accepted(where: object) {
  const checked = check(where);
  if (!checked.ok) throw new Error(checked.problems.map((problem) => formatProblem(problem)).join());
  return checked.segment;
}

describe('a sequence is refused where it is wrong', () => {
  test.each([
    [{ sequence: 'Order Completed' }, 'where.sequence: expected a list of steps'],
    [{ sequence: [ORDER] }, 'where.sequence: at least two steps: an event alone is `{ event: … }`'],
    [{ sequence: Array.from({ length: 11 }, () => ORDER) }, 'where.sequence: at most 10 steps'],
    [{ sequence: [ORDER, { within: '24h' }] }, 'where.sequence[1]: a step has event or none'],
    [{ sequence: [ORDER, { event: 'a', none: 'b' }] }, 'where.sequence[1]: a step has one of event and none, not both'],
    [{ sequence: [{ none: 'a' }, ORDER] }, 'where.sequence[0]: `none` cannot be the first step'],
    [
      { sequence: [ORDER, { none: 'a' }, VIEW] },
      'where.sequence[1]: `none` can only be the last step: events that may not lie between two',
    ],
    [
      { sequence: [{ ...ORDER, within: '1d' }, VIEW] },
      'where.sequence[0]: the first step has no step before it: within belongs to a later one',
    ],
    [
      { sequence: [{ ...ORDER, after: '1h', without: [VIEW] }, VIEW] },
      'where.sequence[0]: the first step has no step before it: after and without belong to a later one',
    ],
    [{ sequence: [ORDER, { none: 'a', after: '1h' }] }, 'where.sequence[1]: `none` takes where and within only, not after'],
    [{ sequence: [ORDER, { ...VIEW, first: true, last: true }] }, 'where.sequence[1].last: a step takes one of first and last'],
    [{ sequence: [ORDER, { ...VIEW, first: false }] }, 'where.sequence[1].first: true; leave it out for any of these events'],
    [
      { sequence: [ORDER, { ...VIEW, after: '2d', within: '24h' }] },
      'where.sequence[1].after: is longer than within: no time is left between 2d and 24h',
    ],
    [
      { sequence: [ORDER, { ...VIEW, within: '1 day' }] },
      'where.sequence[1].within: expected a length like 30min, 12h, 30d, 8w, 3mo, 2q or 1y',
    ],
    [
      { sequence: [ORDER, { ...VIEW, after: '2mo' }] },
      'where.sequence[1].after: expected an exact length like 30min, 24h, 30d or 8w: only `within` counts in months',
    ],
    [
      { sequence: [ORDER, { ...VIEW, after: '70d', within: '2mo' }] },
      'where.sequence[1].after: is longer than within: no time is left between 70d and 2mo',
    ],
    [
      { sequence: [ORDER, { none: 'Page Viewed', within: '30d' }], during: { last: '7d' } },
      'where.during.last: is too short: from the first step until 30d have passed it takes as long at least, so nothing is ever found',
    ],
    [{ sequence: [ORDER, { none: 'Page Viewed', within: '2mo' }], during: { last: '1mo' } }, 'where.during.last: is too short'],
    [{ sequence: [ORDER, { ...VIEW, witin: '1d' }] }, 'where.sequence[1].witin: there is no witin here. Did you mean within?'],
    [{ sequence: [ORDER, { ...VIEW, without: [] }] }, 'where.sequence[1].without: an empty list: leave `without` out'],
    [{ sequence: [ORDER, { ...VIEW, without: [{ none: 'a' }] }] }, 'where.sequence[1].without[0].event: expected the name of an event'],
    [{ sequence: [ORDER, VIEW], same: 'sku' }, 'where.same: expected a list of properties, like [product_id]'],
    [{ sequence: [ORDER, VIEW], different: ['a', 'b'] }, 'where.different: one property: two events can be compared by one'],
    [{ sequence: [ORDER, VIEW, ORDER], different: ['a'] }, 'where.different: compares two events'],
    [{ sequence: [ORDER, VIEW], times: 2 }, 'where.times: expected a comparison: { gte: 2 }'],
    [{ sequence: [ORDER, VIEW], event: 'a' }, 'where: is event and sequence at once: one condition has one of them'],
    [{ sequence: [ORDER, VIEW], same: ['a b"'] }, 'where.same[0]: a property is named by letters'],
    [
      { sequence: [ORDER, { event: 'Item Returned' }], same: ['reasn'] },
      'where.same[0]: the events of the model returns have no property reasn. It has revenue, reason, is_damaged, items, due_on. Did you mean reason?',
    ],
    [
      { sequence: [ORDER, { event: 'Item Returned', where: [{ property: 'sku', is: 'a' }] }] },
      'where.sequence[1].where[0].property: Item Returned (model returns) has no property sku.',
    ],
    [{ sequence: [ORDER, VIEW], times: { gte: 101 } }, 'where.times.gte: runs through a sequence are counted up to 100'],
    [{ sequence: [ORDER, VIEW], times: { between: [3, 1] } }, 'where.times.between: write the lower number first'],
  ])('%j', (where, problem) => {
    expect(problemsOf(where)[0]).toContain(problem);
  });

  test('an event that no data has is a warning at its own place', () => {
    const seen = [{ name: 'Order Completed', stream: 'events', count: 1, firstSeenAt: '', lastSeenAt: '', properties: [] }];
    const { warnings } = check({ sequence: [ORDER, { ...VIEW, without: [{ event: 'Ordr' }] }, { none: 'Order Complete' }] }, seen);
    expect(warnings.map((problem) => formatProblem(problem))).toEqual([
      'where.sequence[1].event: no event named Page Viewed has been seen.',
      'where.sequence[1].without[0].event: no event named Ordr has been seen.',
      'where.sequence[2].none: no event named Order Complete has been seen. Did you mean Order Completed?',
    ]);
  });

  test('its steps and their filters count as conditions', () => {
    const step = { ...ORDER, where: Array.from({ length: 99 }, () => ({ property: 'a', is: 1 })) };
    const { root } = accepted({ sequence: Array.from({ length: 10 }, () => step) });
    expect(tooManyConditions(root)).toEqual([]);
    expect(tooManyConditions({ kind: 'all', path: ['where'], children: [root, root] })[0]?.message).toContain('has 2,000 conditions');
  });
});

test('names and values of a sequence never stand in its SQL', () => {
  const wicked = "'; drop table x --";
  const { sql } = compileSegment(
    accepted({
      sequence: [
        { event: wicked, where: [{ property: 'a', is: wicked }] },
        { event: `${wicked}2`, without: [{ event: `${wicked}3` }] },
        { none: `${wicked}4`, within: '1d' },
      ],
      same: ['item.sku'],
    }),
    { now: new Date(), timezone: 'UTC', members: { database: 'a', table: 'b' }, versions: new Map() },
  );
  expect(sql).not.toContain('drop');
});

test.each([
  [{ sequence: [{ event: 'Added' }, { none: 'Ordered', within: '24h' }] }, 'Added, then no Ordered within 24 hours'],
  [
    {
      sequence: [
        { event: 'Added', first: true, where: [{ property: 'sku', is: 'tea' }] },
        { event: ['Ordered', 'Paid'], after: '5min', within: '36h', without: [{ event: 'Left' }, { event: 'Lost' }] },
      ],
      same: ['sku', 'shop'],
      times: { gte: 2 },
      during: { last: '30d' },
    },
    'the first Added (sku is tea), then Ordered or Paid at least 5 minutes and at most 36 hours later without “Left” and without Lost in between, all with the same sku and shop, at least 2 times, in the last 30 days',
  ],
  [
    { sequence: [{ event: 'A' }, { event: 'B', after: '1w' }], different: ['store'] },
    '“A”, then B at least 1 week later, each with another store',
  ],
  [
    { sequence: [{ event: 'A' }, { event: 'B', within: '2mo' }, { none: 'C', within: '1y' }] },
    '“A”, then B within 2 months, then no C within 1 year',
  ],
  [{ sequence: [{ event: 'A', last: true }, { event: 'B' }], times: { eq: 0 } }, 'never: the last “A”, then B'],
])('%j reads: %s', (where, sentence) => {
  expect(said(where)).toBe(sentence);
});
