import { describe, expect, test } from 'vitest';
import { type JudgedEvidence, judge } from './path-judge.ts';
import type { Evidence, Guard } from './path-queries.ts';

const USER = 1;
const EMAIL = 3;
const DEVICE = 6;

type End = readonly [node: bigint, type: number];

function row(one: End, other: End, rule: string, seen_count = 5): Evidence {
  const [[a, type_number_a], [b, type_number_b]] = one[0] < other[0] ? [one, other] : [other, one];
  return {
    a,
    b,
    type_number_a,
    type_number_b,
    rule,
    rule_priority: { manual: 1, declared: 2, probabilistic: 3 }[rule] ?? 4,
    sources: ['web'],
    observed_in: ['stg_web__events'],
    first_seen_at: null,
    last_seen_at: null,
    seen_count,
    score: 0,
  };
}

const guard = (kind: string, node_a: bigint, node_b = 0n): Guard => ({ kind, type_number: USER, node_a, node_b, observed: 4, allowed: 3 });
const rules = [USER, EMAIL, DEVICE].map((type_number) => ({
  type_number,
  entity: 'person',
  identifier_type: `t${type_number}`,
  limit_max: null,
  limit_within_days: null,
  cap_types: [],
  cap_maxima: [],
  min_sightings: 2,
}));
const ada: End = [10n, USER];
const bob: End = [11n, USER];
const mail: End = [5n, EMAIL];
const tablet: End = [20n, DEVICE];
const together = new Map([10n, 11n, 5n, 20n].map((node) => [node, 'p'] as const));

const whyNot = (evidence: Evidence[], more: Partial<JudgedEvidence> = {}) =>
  judge({ evidence, rules, guards: [], decisions: [], owners: together, ...more }).map((pair) => pair.whyNot);

describe('evidence', () => {
  test('joins the ends of a claim, and of a sighting that was repeated, of one other only, against no claim', () => {
    expect(whyNot([row(ada, mail, 'declared')])).toEqual([null]);
    expect(whyNot([row(ada, tablet, 'sighting', 2)])).toEqual([null]);
  });

  test('that is a sighting does not count when it is rare, of several, or against what a row claims of its weaker end', () => {
    expect(whyNot([row(ada, tablet, 'sighting', 1)])).toEqual([{ is: 'sighting', weak: 20n, because: 'rare', needed: 2 }]);
    const several = whyNot([row(ada, tablet, 'sighting'), row(bob, tablet, 'sighting')]);
    expect(several).toEqual([expect.objectContaining({ because: 'several' }), expect.objectContaining({ because: 'several' })]);
    expect(whyNot([row(ada, tablet, 'sighting'), row(bob, tablet, 'declared')])).toEqual([
      expect.objectContaining({ because: 'claimed', weak: 20n }),
      null,
    ]);
    // Claims about the stronger identifier say nothing about the weaker one.
    expect(whyNot([row(mail, tablet, 'sighting'), row(ada, mail, 'declared')])).toEqual([null, null]);
  });

  test('at a capped identifier does not count, unless a person decided it', () => {
    const guards = [guard('cap', 5n)];
    expect(whyNot([row(ada, mail, 'declared')], { guards })).toEqual([{ is: 'cap', guard: guards[0] }]);
    expect(whyNot([row(ada, mail, 'manual')], { guards })).toEqual([null]);
    expect(whyNot([row(ada, tablet, 'declared')], { guards })).toEqual([null]);
  });

  test('at an identifier that must not be used never counts', () => {
    const decision = {
      decision_id: 'd',
      recorded_in: 'log',
      kind: 'never_use',
      entity: 'person',
      node_a: 5n,
      node_b: 0n,
      a: 'email:x',
      b: null,
      reason: 'r',
      decided_by: 'ann',
      decided_at: '2026-03-01',
    };
    expect(whyNot([row(ada, mail, 'manual')], { decisions: [decision] })).toEqual([{ is: 'unused', decision }]);
    expect(whyNot([row(ada, mail, 'declared')], { decisions: [{ ...decision, kind: 'never_link', node_b: 10n }] })).toEqual([null]);
  });

  test('between two profiles was refused by the guard that stands between them, whichever pair it names; or is newer than the graph', () => {
    const owners = new Map([
      [10n, 'p'],
      [5n, 'p'],
      [11n, 'q'],
      [20n, 'q'],
    ]);
    const guards = [guard('limit', 5n, 20n)];
    expect(whyNot([row(ada, bob, 'declared')], { owners, guards })).toEqual([{ is: 'guard', guard: guards[0] }]);
    expect(whyNot([row(ada, bob, 'declared')], { owners })).toEqual([{ is: 'news' }]);
    expect(whyNot([row(ada, bob, 'declared')], { owners, guards: [guard('limit', 5n, 10n)] })).toEqual([{ is: 'news' }]);
  });

  test('of several kinds joins when one of them does, with the strength of those that do', () => {
    const [pair] = judge({
      evidence: [row(ada, tablet, 'sighting', 1), row(ada, tablet, 'probabilistic', 3)],
      rules,
      guards: [],
      decisions: [],
      owners: together,
    });
    expect(pair).toMatchObject({ whyNot: null, rule_priority: 3, seen_count: 3 });
    expect(pair?.evidence.map(({ rule }) => rule)).toEqual(['probabilistic', 'sighting']);
  });
});
