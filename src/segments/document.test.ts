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
      /^loyal\.yml:4:1: is not YAML: Map keys must be unique/,
    );
  });

  test('that contains itself, or is deeper than a mind goes, is refused and does not hang', () => {
    expect(problemsIn('id: &a [*a]')[0]).toContain('has more than 50,000 values');
    const deep = { id: 'deep', title: 'Deep', entity: 'person', where: nested(150) };
    expect(readDefinition(deep)).toMatchObject({ ok: false, problems: [{ message: 'is nested deeper than 100 levels' }] });
    expect(readDefinition({ ...deep, where: nested(90) }).ok).toBe(true);
  });

  test('with an empty group is refused: it would mean everybody, or nobody', () => {
    expect(problemsIn(`${HEAD}where:\n  all:\n    - any: []\n`)).toEqual([
      'loyal.yml:6:7 where.all[0].any: an empty group: it would mean everybody or nobody, so say which conditions',
    ]);
  });

  test.each([
    ['{ trate: city }', 'loyal.yml:4:1 where: is no condition: it has none of all, any, not, trait, event, segment. Did you mean trait?'],
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
    ['{ event: Order Completed, count: 3 }', 'loyal.yml:4:34 where.count: expected object'],
    ['{ event: Order Completed, during: { last: 30 } }', 'where.during.last: expected a length like 12h, 30d or 8w'],
    ['{ event: Order Completed, during: { last: 30d, from: 2026-01-01 } }', 'where.during: takes one of { last: 30d }'],
    ['{ event: Order Completed, during: { from: 2026-02-30 } }', 'where.during.from: a date like 2026-03-31'],
    ['{ segment: "../x" }', 'where.segment: expected lower-case letters, digits and single hyphens'],
  ])('%s is refused where it is wrong', (where, problem) => {
    expect(problemsIn(`${HEAD}where: ${where}\n`).join('\n')).toContain(problem);
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
