import { describe, expect, test } from 'vitest';
import { formatProblem } from '../documents/problem.ts';
import { readDefinition, readSegmentText } from './document.ts';

const HEAD = 'id: loyal\ntitle: Loyal\nentity: person\n';

function problemsIn(text: string): string[] {
  const { read } = readSegmentText(text);
  return read.ok ? [] : read.problems.map((problem) => formatProblem(problem, 'loyal.yml'));
}

describe('a segment written as YAML', () => {
  test('that is not YAML is refused with the line and column where it stops being YAML', () => {
    expect(problemsIn('id: loyal\nwhere: [1, 2')[0]).toMatch(/^loyal\.yml:2:\d+: is not YAML: /);
    expect(problemsIn(`${HEAD}where:\n  all:\n  - { trait: city, is: "Gent }\n`)[0]).toMatch(/^loyal\.yml:\d+:\d+: is not YAML: /);
  });

  test('that says a key twice is refused, rather than the first being forgotten', () => {
    expect(problemsIn(`${HEAD}id: other\nwhere: { trait: city, exists: true }`)[0]).toMatch(
      /^loyal\.yml:4:1: \w+ is here a second time; the first is on line \d/,
    );
  });

  test('that contains itself, or is deeper than a mind goes, is refused and does not hang', () => {
    expect(problemsIn('id: &a [*a]')[0]).toContain('has more than 50,000 values');
    const deep = { id: 'deep', title: 'Deep', entity: 'person', where: nested(150) };
    expect(readDefinition(deep)).toMatchObject({ ok: false, problems: [{ message: 'is nested deeper than 100 levels' }] });
    expect(readDefinition({ ...deep, where: nested(90) }).ok).toBe(true);
  });

  test('with an empty group is refused: it would mean all members, or none', () => {
    expect(problemsIn(`${HEAD}where:\n  all:\n    - any: []\n`)).toEqual([
      'loyal.yml:6:7 where.all[0].any: an empty group: it would match all members or none, so say which conditions',
    ]);
  });

  test.each([
    ['9007199254740993', '9007199254740993 has more digits than a number in a document keeps: write it in quotes, and all of them stay'],
    ['-36893488147419103233', '-36893488147419103233 has more digits'],
    ['0.12345678901234567890', '0.12345678901234567890 has more digits'],
    ['1e400', '1e400 is no number that a document can hold'],
    ['.inf', '.inf is no number that a document can hold'],
    ['.nan', '.nan is no number that a document can hold'],
    ['[1, 9007199254740993]', '9007199254740993 has more digits'],
  ])('with the number %s is refused where it stands, before it becomes another', (number, problem) => {
    expect(problemsIn(`${HEAD}where: { trait: order_count, is: ${number} }\n`).join()).toMatch(
      new RegExp(`^loyal\\.yml:4:\\d+: ${problem.replace(/[.+[\]]/g, '\\$&')}`),
    );
  });

  test.each(['9007199254740991', '1.10', '0.1', '1e15', '"9007199254740993"', '-0.0', '0x1F', '123456789.123456'])(
    'with the number %s is read as it is',
    (number) => {
      expect(problemsIn(`${HEAD}where: { trait: order_count, is: ${number} }\n`)).toEqual([]);
    },
  );

  test.each([
    ['{ trait: city, is: null }', 'where.is: expected a value: null is none, and `missing: true` finds those without one'],
    ['{ trait: city, is: [Gent, null] }', 'where.is[1]: expected a value: null is none, and `missing: true` finds those without one'],
    ['{ trait: city, is: "a\\0b" }', 'holds a NUL character, or half of a character'],
    ['{ trait: city, is: "\\ud800" }', 'holds a NUL character, or half of a character'],
    ['{ event: [] }', 'an empty list: no event is of no name'],
    ['{ trait: city, within: { last: 100000d } }', 'a length like 30min, 12h, 30d, 8w, 3mo, 2q or 1y'],
    ['{ trait: city, exists: true }\nguard: { max_shrink: 80 }', 'guard.max_shrink: a share from 0 to 1: 0.8 is 80 %'],
    [
      '{ trate: city }',
      'loyal.yml:4:1 where: is no condition: it has none of all, any, not, trait, event, sequence, related, segment, sql, list, audience. Did you mean trait?',
    ],
    ['{ all: [ 5 ] }', 'where.all[0]: expected a condition'],
    [
      '{ any: [ { trait: a, exists: true } ], all: [ { trait: a, exists: true } ] }',
      'where: is all and any at once: one condition has one of them',
    ],
    ['{ trait: city, contians: x }', 'loyal.yml:4:23 where.contians: there is no contians here. Did you mean contains?'],
    ['{ trait: city, gt: 1, lt: 2 }', 'where: takes one of gt and lt, not both'],
    ['{ trait: city }', 'where: needs an operator: one of is, is_not'],
    ['{ trait: city, is: "" }', 'where.is: an empty text: `missing: true` finds those without a value'],
    ['{ trait: city, exists: false }', 'where.exists: true; for the opposite write `missing: true`'],
    ['{ event: Order Completed, count: { gte: 1.5 } }', 'where.count.gte: expected a whole number'],
    ['{ event: Order Completed, count: 3 }', 'where.count: expected a comparison: { gte: 3 }, or { eq: … }'],
    ['{ event: Order Completed, during: { last: 30 } }', 'where.during.last: expected a length like 30min, 12h, 30d, 8w, 3mo, 2q or 1y'],
    ['{ event: Order Completed, during: { last: 30d, from: 2026-01-01 } }', 'where.during: takes one of { last: 30d }'],
    ['{ event: Order Completed, during: { from: 2026-02-30 } }', 'where.during.from: 2026-02-30 is no day of the calendar'],
    ['{ segment: "../x" }', 'where.segment: expected lower-case letters, digits and single hyphens'],
  ])('%s is refused where it is wrong', (where, problem) => {
    expect(problemsIn(`${HEAD}where: ${where}\n`).join('\n')).toContain(problem);
  });

  test.each([
    [
      'a list of values',
      `{ trait: city, is: [${'x, '.repeat(10_001)}x] }`,
      'a list of at most 10,000 values: put a longer one into a table, as a trait',
    ],
    ['a list of values', `{ trait: city, is: ["${'x'.repeat(10_001)}"] }`, 'a text of at most 10,000 characters'],
    ['the name of an event', `{ event: ${'x'.repeat(501)} }`, 'a name of at most 500 characters'],
    [
      'the path of a property',
      `{ event: x, where: [{ property: ${'x.'.repeat(501)}x, exists: true }] }`,
      'a path of at most 1,000 characters',
    ],
    [
      'a description',
      `{ trait: city, exists: true }\ndescription: ${'x'.repeat(2_001)}`,
      'description: a description of at most 2,000 characters',
    ],
  ])('refuses %s that is too long, with the limit', (_, where, problem) => {
    expect(problemsIn(`${HEAD}where: ${where}\n`).join('\n')).toContain(problem);
  });

  test('as data whose numbers may have lost digits already is refused with what to write instead', () => {
    const document = (is: unknown) => ({ id: 'x', title: 'X', entity: 'person', where: { trait: 'order_count', is } });
    const refused = readDefinition(document(JSON.parse('9007199254740993')));
    expect(refused.ok ? [] : refused.problems.map((problem) => formatProblem(problem)).join()).toContain(
      'whole numbers past 9007199254740991 lose digits in JSON: write the number in quotes, and it is compared as it is written',
    );
    expect(readDefinition(document('9007199254740993')).ok).toBe(true);
  });

  test('with a title that is too long is refused with the limit', () => {
    expect(readDefinition({ id: 'x', title: 'x'.repeat(201), entity: 'person', where: { trait: 'a', exists: true } })).toMatchObject({
      ok: false,
      problems: [{ path: ['title'], message: 'a title of at most 200 characters' }],
    });
  });

  test('tells all that is wrong at once', () => {
    expect(problemsIn('title: 5\nentity: person\nwhere: { all: [ {}, { trait: a, is: [] } ] }')).toHaveLength(4);
  });
});

function nested(levels: number): object {
  let where: object = { trait: 'city', exists: true };
  for (let level = 0; level < levels; level += 1) where = { not: where };
  return where;
}
