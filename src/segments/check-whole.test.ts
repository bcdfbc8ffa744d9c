import { describe, expect, test } from 'vitest';
import { worldCatalogue } from '../../test/segments/world.ts';
import { formatProblem, type Problem } from '../documents/problem.ts';
import { checkSegment } from './check-against-catalogue.ts';
import type { SegmentDefinition } from './definition.ts';
import { readDefinition } from './document.ts';
import { priorityKind } from './priority-kind.ts';

const where = { trait: 'city', exists: true };
const read = (id: string, rest: object) => readDefinition({ id, title: id, entity: 'person', where, ...rest });
const written = (problems: readonly Problem[]) => problems.map((problem) => formatProblem(problem));

function shapeOf(rest: object): string[] {
  const found = read('one', rest);
  return found.ok ? [] : written(found.problems);
}

function defined(id: string, rest: object): SegmentDefinition {
  const found = read(id, rest);
  if (!found.ok) throw new Error(written(found.problems).join('\n'));
  return found.definition;
}

function problemsOf(rest: object, others: readonly SegmentDefinition[] = []): string[] {
  const segments = new Map(others.map((other) => [other.id, other]));
  const checked = checkSegment(defined('one', rest), { catalogue: worldCatalogue(), segments });
  return checked.ok ? [] : written(checked.problems);
}

describe('what stands on the whole of a segment is refused', () => {
  test.each([
    [{ exclude: [] }, 'exclude: the ids of the segments whose members are left out'],
    [
      { split: { salt: 'a', from: 0, to: 10_000 } },
      'split.to: a bucket from 0 to 9999; both ends belong to the range, so one half is 0 to 4999 and the other 5000 to 9999',
    ],
    [{ split: { salt: 'a', from: 10, to: 9 } }, 'split.to: is before `from`'],
    [
      { split: { salt: '', from: 0, to: 9 } },
      'split.salt: expected a name such as summer-2026: letters, digits, spaces and _ . -, starting with a letter or digit',
    ],
    [{ holdout: { salt: 'a', share: 1 } }, 'holdout.share: a share below 1: with 1 nobody would be left'],
    [{ holdout: { salt: 'a', share: 0.12345 } }, 'holdout.share: a share with at most four decimals'],
    [{ holdout: { salt: 'a', share: 10 } }, 'holdout.share: a share from 0.0001 to 1: 0.1 is 10 %'],
    [{ limit: { by: 'score' } }, 'limit: takes one of `top` (a number) and `share` (a part)'],
    [{ limit: { by: 'score', top: 1, share: 0.1 } }, 'limit: takes one of `top` (a number) and `share` (a part)'],
    [{ limit: { by: 'score', top: 0 } }, 'limit.top: a whole number, 1 or more'],
  ])('in its shape: %j', (rest, problem) => {
    expect(shapeOf(rest)).toEqual([problem]);
  });

  test.each([
    [{ exclude: ['suppresed'] }, 'exclude[0]: there is no segment suppresed. Did you mean suppressed?'],
    [{ exclude: ['one'] }, 'exclude[0]: is a cycle: one → one. A segment cannot depend on itself.'],
    [{ limit: { by: 'scor', top: 1 } }, 'limit.by: there is no trait scor of a person. Did you mean score?'],
    [{ limit: { by: 'city', top: 1 } }, 'limit.by: city is a text: a limit goes by a number, a date or a moment'],
    [
      { limit: { by: 'score', top: 1, per: 'tags' } },
      'limit.per: tags is a list: a limit per value takes a text, a number, a boolean or a date',
    ],
    [
      { holdout: { salt: 'a', share: 0.1 } },
      'holdout: the held-out of one and the segment one-holdout would have one view: give that segment another id',
    ],
  ])('against the catalogue and the other segments: %j', (rest, problem) => {
    expect(problemsOf(rest, [defined('suppressed', {}), defined('one-holdout', {}), defined('one', rest)])).toEqual([problem]);
  });

  test('a moment asked for with as_of does not move what the whole reads', () => {
    const checked = checkSegment(
      defined('one', { as_of: '2026-01-01', where: { event: 'Order Completed' }, exclude: ['suppressed'], limit: { by: 'score', top: 1 } }),
      {
        catalogue: worldCatalogue(),
        segments: new Map([['suppressed', defined('suppressed', {})]]),
      },
    );
    expect(written(checked.warnings)[0]).toContain('exclude[0] (the segment suppressed), limit.by (the trait score)');
  });
});

describe('a priority list', () => {
  async function found(segments: Readonly<Record<string, object>>, ids: readonly string[]): Promise<string[]> {
    const documents = Object.entries(segments).map(([id, rest]) => ({
      kind: 'segment',
      id,
      document: { id, title: id, entity: 'person', where, ...rest },
    }));
    const list = { kind: 'priority', id: 'mail', document: { id: 'mail', title: 'Mail', segments: ids } };
    const problems: string[] = [];
    const findings = { wrong: (_: unknown, wrong: readonly Problem[]) => problems.push(...written(wrong)), doubtful: () => undefined };
    const folder = { list: async (kind: string) => (kind === 'segment' ? documents : [list]), get: async () => undefined };
    await priorityKind.check({ documents: [list], folder, findings, deps: {} });
    return problems;
  }

  test('of one entity without a cycle is accepted', async () => {
    expect(await found({ a: {}, b: {} }, ['a', 'b'])).toEqual([]);
  });

  test('is refused where a segment would depend on itself, and where two entities are mixed', async () => {
    expect(await found({ a: { where: { not: { segment: 'b' } } }, b: {} }, ['a', 'b'])).toEqual([
      'segments[0]: makes a cycle: a → b → a. A segment cannot depend on itself.',
      'segments[1]: makes a cycle: b → a → b. A segment cannot depend on itself.',
    ]);
    expect(await found({ a: {}, b: { entity: 'account' } }, ['a', 'b'])).toEqual([
      'segments[1]: b is of account, a of person: a list is of one entity',
    ]);
  });
});
