import { describe, expect, test } from 'vitest';
import { worldCatalogue } from '../../test/segments/world.ts';
import type { EventSample } from '../catalogue/event-sample.ts';
import { formatProblem } from '../documents/problem.ts';
import { checkSegment } from './check-against-catalogue.ts';
import { compileSegment } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';
import type { SegmentDefinition } from './definition.ts';
import { readDefinition } from './document.ts';

const catalogue = worldCatalogue();
const seen: EventSample = {
  name: 'Order Completed',
  stream: 'events',
  count: 3,
  firstSeenAt: '',
  lastSeenAt: '',
  properties: [{ name: 'revenue', types: ['Float64'], share: 1 }],
};

function defined(id: string, where: object, rest: object = {}): SegmentDefinition {
  const read = readDefinition({ id, title: id, entity: 'person', where, ...rest });
  if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem(problem)).join('\n'));
  return read.definition;
}

function check(definition: SegmentDefinition, others: readonly SegmentDefinition[] = []) {
  return checkSegment(definition, { catalogue, segments: new Map(others.map((other) => [other.id, other])), events: [seen] });
}

function problemsOf(where: object, others: readonly SegmentDefinition[] = []): string[] {
  const checked = check(defined('one', where), others);
  return checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem));
}

describe('names that do not exist', () => {
  test('an unknown trait is refused and the nearest ones are suggested', () => {
    expect(problemsOf({ all: [{ trait: 'contry_code', is: 'NL' }] })).toEqual([
      'where.all[0].trait: there is no trait contry_code of a person. Did you mean country_code?',
    ]);
  });

  test('so is the trait that another one is compared with', () => {
    expect(problemsOf({ trait: 'score', gt: { trait: 'lifetime_valu' } })[0]).toContain(
      'where.gt.trait: there is no trait lifetime_valu of a person. Did you mean lifetime_value?',
    );
  });

  test('an unknown segment is refused and the nearest ones are suggested', () => {
    const others = [defined('suppressed', { trait: 'city', missing: true })];
    expect(problemsOf({ not: { segment: 'supressed' } }, others)).toEqual([
      'where.not.segment: there is no segment supressed. Did you mean suppressed?',
    ]);
  });

  test('an unknown entity is refused and what exists is named', () => {
    const checked = check(defined('one', { trait: 'city', exists: true }, { entity: 'persn' }));
    expect(checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem))).toEqual([
      'entity: there is no entity persn. The catalogue has person. Did you mean person?',
    ]);
  });

  test('an event or property that no data has yet is a warning: it may still come', () => {
    const checked = check(
      defined('one', { all: [{ event: 'Order Complete' }, { event: 'Order Completed', where: [{ property: 'revenu', gt: 1 }] }] }),
    );
    expect(checked.ok).toBe(true);
    expect(checked.warnings.map((problem) => formatProblem(problem))).toEqual([
      'where.all[0].event: no event named Order Complete has been seen. Did you mean Order Completed?',
      'where.all[1].where[0].property: Order Completed has not been seen with a property revenu. Did you mean revenue?',
    ]);
  });
});

describe('a cycle of segments', () => {
  test('is refused with the whole way round', () => {
    const one = defined('one', { all: [{ trait: 'city', exists: true }, { segment: 'two' }] });
    const two = defined('two', { not: { segment: 'three' } });
    const three = defined('three', { any: [{ segment: 'one' }] });
    const checked = check(one, [one, two, three]);
    expect(checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem))).toEqual([
      'where.all[1].segment: is a cycle: one → two → three → one. A segment cannot depend on itself.',
    ]);
  });

  test('of one is a cycle too', () => {
    const one = defined('one', { segment: 'one' });
    expect(check(one, [one]).ok).toBe(false);
  });

  test('elsewhere is not this segment’s fault', () => {
    const others = [defined('two', { segment: 'three' }), defined('three', { segment: 'two' })];
    expect(check(defined('one', { segment: 'two' }), others).ok).toBe(true);
  });
});

describe('operators and values that do not fit', () => {
  test.each([
    [{ trait: 'city', gt: 5 }, 'where.gt: gt does not fit a text; these do: is, is_not'],
    [{ trait: 'order_count', contains: '5' }, 'where.contains: contains does not fit a number'],
    [{ trait: 'order_count', is: 'five' }, 'where.is: expected a number, not the text "five"'],
    [{ trait: 'city', is: ['Gent', 5] }, 'where.is: expected a text, not the number 5'],
    [{ trait: 'consent_email', is: 'yes' }, 'where.is: expected true or false, not the text "yes"'],
    [{ trait: 'order_count', between: [5, 1] }, 'where.between: write the lower value first: [1, 5]'],
    [{ trait: 'first_seen_at', after: 'yesterday' }, 'a date like 2026-03-31'],
    [{ trait: 'first_seen_at', gt: 'yesterday' }, 'where.gt: expected a date like 2026-03-31, or a moment'],
    [{ trait: 'birthday_on', is: '2026-03-31T10:00:00Z' }, 'where.is: expected a date like 2026-03-31'],
    [{ trait: 'birthday_on', within: { last: '12h' } }, 'where.within: a date has no hours'],
    [{ trait: 'tags', is: 'vip' }, 'where.is: is does not fit a list; these do: has_any, has_all, has_none'],
    [{ trait: 'score', gt: { trait: 'city' } }, 'where.gt: score is a number and city a text'],
    [{ trait: 'order_count', is: true }, 'where.is: expected a number, not true'],
    [{ trait: 'consent_email', is: 1 }, 'where.is: expected true or false, not the number 1'],
    [{ trait: 'consent_email', is: [true, 'no'] }, 'where.is: expected true or false, not the text "no"'],
    [{ trait: 'city', is: ['Gent', true] }, 'where.is: expected a text, not true'],
    [{ trait: 'order_count', is: ['1', '0x10'] }, 'where.is: expected a number, not the text "0x10"'],
    [{ trait: 'order_count', gt: '1e400' }, 'where.gt: expected a number, not the text "1e400"'],
    [{ trait: 'order_count', between: ['9007199254740993', '9007199254740992'] }, 'where.between: write the lower value first'],
    [{ trait: 'flags', has_any: ['true'] }, 'where.has_any: expected true or false, not the text "true"'],
    [
      { trait: 'first_seen_at', between: ['2026-03-29T01:00:00Z', '2026-03-29T02:30:00+02:00'] },
      'where.between: write the earlier date first: [2026-03-29T02:30:00+02:00, 2026-03-29T01:00:00Z]',
    ],
    [{ event: 'Order Completed', where: [{ property: 'revenue', between: [1, '2026-03-31'] }] }, 'expected a number or a date'],
    [{ event: 'Order Completed', where: [{ property: 'revenue', gt: '2026-02-30' }] }, '2026-02-30 is no day of the calendar'],
    [{ event: 'Order Completed', count: { between: [3, 1] } }, 'where.count.between: write the lower number first'],
    [{ event: 'Order Completed', during: { between: ['90d', '30d'] } }, 'where.during.between: write the shorter length first: [30d, 90d]'],
    [{ event: 'Order Completed', during: { from: '2026-02-01', to: '2026-01-01' } }, 'where.during.to: 2026-01-01 is before 2026-02-01'],
    [{ event: 'Order Completed', where: [{ property: 'revenue', gt: 'much' }] }, 'where.where[0].gt: expected a number or a date'],
  ])('%j', (where, problem) => {
    let found: string[];
    try {
      found = problemsOf(where);
    } catch (error) {
      found = [String(error)];
    }
    expect(found.join('\n')).toContain(problem);
  });
});

describe('as_of', () => {
  const at = new Date('2026-03-30T12:00:00Z');
  const checkAt = (asOf: string, where: object, timezone?: string) => {
    const world = {
      catalogue,
      segments: new Map([['vip', defined('vip', { trait: 'city', exists: true })]]),
      now: { at, ...(timezone ? { timezone } : {}) },
    };
    const checked = checkSegment(defined('one', where, { as_of: asOf }), world);
    return {
      problems: checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem)),
      warnings: checked.warnings.map((problem) => formatProblem(problem)),
    };
  };

  test('in the future is refused: its events have not happened yet', () => {
    expect(checkAt('2026-03-30T12:00:01Z', { event: 'Order Completed' }).problems).toEqual([
      'as_of: 2026-03-30T12:00:01Z is in the future: leave as_of out to use the moment of each run, or give a moment in the past',
    ]);
    expect(checkAt('2026-03-30T12:00:00Z', { event: 'Order Completed' }).problems).toEqual([]);
  });

  test('as a date has come when it has begun in the zone of the segment', () => {
    expect(checkAt('2026-03-31', { event: 'Order Completed' }, 'Pacific/Kiritimati').problems).toEqual([]);
    expect(checkAt('2026-03-31', { event: 'Order Completed' }, 'UTC').problems).toHaveLength(1);
    // The zone of the workspace is not known where activations are checked.
    expect(checkAt('2026-03-31', { event: 'Order Completed' }).problems).toEqual([]);
  });

  test('in the past names the conditions that it does not move, and none when it moves them all', () => {
    const where = { all: [{ trait: 'city', is: 'Gent' }, { not: { segment: 'vip' } }, { event: 'Order Completed' }] };
    expect(checkAt('2026-01-01', where).warnings).toEqual([
      'as_of: 2026-01-01 limits which events are counted, and windows are counted from it; traits and other segments are read as they are now: where.all[0] (the trait city), where.all[1].not (the segment vip)',
    ]);
    expect(checkAt('2026-01-01', { event: 'Order Completed' }).warnings).toEqual([]);
  });
});

test('more than a thousand conditions, filters of events among them, are refused with both numbers', () => {
  const conditions = Array.from({ length: 501 }, (_, index) => ({ event: 'Order Completed', where: [{ property: 'revenue', is: index }] }));
  expect(problemsOf({ any: conditions })).toEqual([expect.stringMatching(/^where: has 1,002 conditions; one segment has at most 1,000\./)]);
  expect(problemsOf({ any: conditions.slice(1) })).toEqual([]);
});

describe('values that look like SQL', () => {
  const hostile = ["' or 1=1 --", '"; drop table x', '{p0:String}', '`', '\\', "\\'", '/*', '$$', "x'); select 1 --"];
  const context = {
    now: new Date('2026-01-01'),
    timezone: 'UTC',
    members: { database: 'sluice_state', table: 'segment_members' },
    versions: new Map<string, string>(),
  };
  const shapes = (value: string): object[] => [
    { trait: 'city', is: value },
    { trait: 'city', not_in: [value, 'x'] },
    { trait: 'city', contains: value },
    { trait: 'tags', has_any: [value] },
    { event: value, count: { eq: 0 } },
    { event: 'Order Completed', where: [{ property: 'category', ends_with: value }] },
  ];
  const sqlOf = (where: object) => {
    const checked = check(defined('one', where));
    if (!checked.ok) throw new Error(checked.problems.map((problem) => formatProblem(problem)).join('\n'));
    return [compileSegment(checked.segment, context).sql, compileConditions(checked.segment, context).sql];
  };

  test.each(hostile)('%s never changes the SQL: it travels as a parameter', (value) => {
    expect(shapes(value).map(sqlOf)).toEqual(shapes('harmless').map(sqlOf));
  });

  test.each(['a`b', 'a\\b', "a'b", 'a"b', 'a{b}', 'a)b', 'a..b', ''])(
    'the property name %j is refused, because names of properties are part of the SQL',
    (property) => {
      expect(() => {
        if (problemsOf({ event: 'Order Completed', where: [{ property, exists: true }] }).length > 0) throw new Error('refused');
      }).toThrow();
    },
  );
});

describe('an undeclared trait', () => {
  const person = catalogue.entities.get('person');
  if (!person) throw new Error('the world has no people');
  const openTraits = { column: 'traits', description: 'What identify calls say.', isPii: true, table: person.table };
  const open = { ...catalogue, entities: new Map([...catalogue.entities, ['person', { ...person, openTraits }]]) };
  const checkOpen = (where: object) =>
    checkSegment(defined('one', where), {
      catalogue: open,
      segments: new Map(),
      openTraits: [{ name: 'traits.plan', types: ['String'], share: 1 }],
    });

  test('is a path into the column that holds them, read as the kind that its test wants', () => {
    const checked = checkOpen({
      all: [
        { trait: 'traits.plan', is: 'pro' },
        { trait: 'traits.address.floor', gt: 3 },
        { trait: 'traits.tags', has_any: ['a'] },
      ],
    });
    if (!checked.ok) throw new Error(checked.problems.map((problem) => formatProblem(problem)).join('\n'));
    const context = { now: new Date(0), timezone: 'UTC', members: { database: 's', table: 'm' }, versions: new Map() };
    expect(compileSegment(checked.segment, context).sql).toContain('`traits`.`plan`');
    expect(compileConditions(checked.segment, context).sql).toContain('t0.`traits`.`address`.`floor`');
    expect(checked.warnings.map((problem) => formatProblem(problem))).toEqual([
      expect.stringContaining('no member of the entity has been seen with traits.address.floor.'),
      expect.stringContaining('no member of the entity has been seen with traits.tags.'),
    ]);
  });

  test.each([
    [{ trait: 'traits.plan', is: { trait: 'traits.other' } }, 'has no declared type'],
    [{ trait: 'country_code', is: { trait: 'traits.plan' } }, 'has no declared type'],
    [{ trait: 'traits.a`b', is: 'x' }, 'is named by letters'],
    [{ trait: 'traits.', is: 'x' }, 'is named by letters'],
  ])('%j is refused', (where, sentence) => {
    const checked = checkOpen(where);
    expect(checked.ok ? [] : checked.problems.map((problem) => formatProblem(problem))).toEqual([expect.stringContaining(sentence)]);
  });
});
