import { describe, expect, test } from 'vitest';
import {
  DAY_MS,
  type Decisions,
  type EdgeRow,
  type EntityRules,
  type Limit,
  NO_DECISIONS,
  type Node,
  SHIPPED_RULES,
  type TypeRules,
} from './graph.ts';
import { solveGraph } from './oracle.ts';

/** Names of identifiers: the letter is the type, so that a story reads without numbers. */
const TYPES = ['user', 'email', 'phone', 'cookie'];
const NUMBER_OF: Readonly<Record<string, number>> = { u: 1, e: 2, p: 3, c: 4 };
const typeOf = (name: string) => NUMBER_OF[name.charAt(0)] ?? 0;
/** u1 < u2 < e1 < …, so that ties are broken as the story would expect. */
const nodeOf = (name: string): Node => BigInt(typeOf(name) * 1_000 + Number(name.slice(1)));
const nameOf = (node: Node) => `${Object.keys(NUMBER_OF)[Number(node / 1_000n) - 1]}${node % 1_000n}`;

const START = Date.UTC(2024, 0, 1);

interface Link extends Partial<Pick<EdgeRow, 'rule' | 'seenCount'>> {
  /** Day of the first and the last sighting; default 0. */
  readonly first?: number;
  readonly last?: number | null;
}

function row(pair: string, { first = 0, last = first, ...link }: Link = {}): EdgeRow {
  const [one = '', other = one] = pair.split(' ');
  const [a, b] = nodeOf(one) <= nodeOf(other) ? [one, other] : [other, one];
  const at = (day: number) => START + day * DAY_MS;
  return {
    a: nodeOf(a),
    b: nodeOf(b),
    typeA: typeOf(a),
    typeB: typeOf(b),
    rule: 'declared',
    source: 'web',
    firstSeenAt: at(first),
    lastSeenAt: last === null ? null : at(last),
    seenCount: 1,
    ...link,
  };
}

function rules(types: Readonly<Record<string, Omit<TypeRules, 'name'>>>, more: Partial<EntityRules> = {}): EntityRules {
  return {
    ...SHIPPED_RULES,
    types: TYPES.map((name) => ({ name, ...types[name] })),
    ...more,
  };
}

/** Groups as `u1 e1 | u2`, each in order and all in order. */
function solved(
  rows: readonly EdgeRow[],
  given: EntityRules,
  decisions: Partial<Decisions> = {},
  previous: ReadonlyMap<Node, unknown> = new Map(),
) {
  const partition = solveGraph({ rows, decisions: { ...NO_DECISIONS, ...decisions } }, given, previous);
  const groups = Map.groupBy(partition.keys(), (node) => partition.get(node));
  return [...groups.values()]
    .map((nodes) => nodes.toSorted((one, other) => Number(one - other)))
    .toSorted(([one = 0n], [other = 0n]) => Number(one - other))
    .map((nodes) => nodes.map(nameOf).join(' '))
    .join(' | ');
}

const unique: Limit = { max: 1, onExcess: 'split' };

describe('without guards', () => {
  test('who is linked is one, over any number of steps; who is not is alone', () => {
    expect(solved([row('u1 e1'), row('e1 c1'), row('u2 e2'), row('c9')], rules({}))).toBe('u1 e1 c1 | u2 e2 | c9');
  });
  test('there are no profiles when there is no evidence', () => {
    expect(solved([], rules({}))).toBe('');
  });
});

describe('a cap', () => {
  const capped = rules({ email: { caps: [{ type: 'user', max: 2 }] } });

  test('takes all its links from a value that touches too many others, and leaves the others their own', () => {
    expect(solved([row('u1 e1'), row('u2 e1'), row('u3 e1'), row('e1 c1'), row('u3 c3')], capped)).toBe('u1 | u2 | u3 c3 | e1 | c1');
  });
  test('counts different values, not rows, and only those of the type that it names', () => {
    expect(solved([row('u1 e1'), row('u1 e1'), row('u2 e1'), row('p1 e1'), row('p2 e1')], capped)).toBe('u1 u2 e1 p1 p2');
  });
  test('does not count sightings, which claim nothing', () => {
    expect(solved([row('u1 e1'), row('u2 e1'), row('u3 e1', { rule: 'sighting', seenCount: 9 })], capped)).toBe('u1 u2 e1 | u3');
  });
  test('leaves a forced link alone', () => {
    const rows = [row('u1 e1'), row('u2 e1'), row('u3 e1'), row('u1 e1', { rule: 'manual' })];
    expect(solved(rows, capped)).toBe('u1 e1 | u2 | u3');
  });
  test('with a window counts who was seen within so many days before the newest; who has no time always counts', () => {
    const windowed = rules({ cookie: { caps: [{ type: 'user', max: 1, withinDays: 30 }] } });
    expect(solved([row('u1 c1', { last: 0 }), row('u2 c1', { last: 30 })], windowed)).toBe('u1 u2 c1');
    expect(solved([row('u1 c1', { last: 1 }), row('u2 c1', { last: 30 })], windowed)).toBe('u1 | u2 | c1');
    expect(solved([row('u1 c1', { last: null }), row('u2 c1', { last: 99 })], windowed)).toBe('u1 | u2 | c1');
  });
});

describe('a sighting', () => {
  const seen = { rule: 'sighting', seenCount: 2 } as const;
  test('links when it was repeated', () => {
    expect(solved([row('u1 c1', seen)], rules({}))).toBe('u1 c1');
    expect(solved([row('u1 c1', { ...seen, seenCount: 1 })], rules({}))).toBe('u1');
  });
  test('links no profiles when the weaker id was seen with two, or when something was claimed of it', () => {
    expect(solved([row('u1 c1', seen), row('u2 c1', seen)], rules({}))).toBe('u1 | u2');
    expect(solved([row('u1 c1', seen), row('e2 c1')], rules({}))).toBe('u1 | e2 c1');
  });
});

describe('a limit', () => {
  test('refuses the edge that would make it one too many; the newest evidence comes first', () => {
    const rows = [row('u1 e1', { last: 1 }), row('u2 e1', { last: 2 }), row('e1 c1')];
    expect(solved(rows, rules({ user: { limit: unique } }))).toBe('u1 | u2 e1 c1');
  });
  test('takes the first evidence first, or the most frequent, as on_conflict says', () => {
    const rows = [row('u1 e1', { first: 0, last: 1 }), row('u2 e1', { first: 1, last: 2, seenCount: 1 })];
    expect(solved(rows, rules({ user: { limit: unique } }, { onConflict: 'first' }))).toBe('u1 e1 | u2');
  });
  test('takes claims before sightings, however new these are', () => {
    const rows = [row('u1 p1', { last: 0 }), row('u2 p1', { last: 9, rule: 'probabilistic' })];
    expect(solved(rows, rules({ user: { limit: unique } }))).toBe('u1 p1 | u2');
  });
  test('breaks a tie by the numbers of the identifiers, whatever order the rows come in', () => {
    const rows = [row('u2 e1'), row('u1 e1')];
    expect(solved(rows, rules({ user: { limit: unique } }))).toBe('u1 e1 | u2');
    expect(solved(rows.toReversed(), rules({ user: { limit: unique } }))).toBe('u1 e1 | u2');
  });
  test('does not hold a forced link back', () => {
    const rows = [row('u1 e1'), row('u2 e1', { rule: 'manual' }), row('u3 e1')];
    expect(solved(rows, rules({ user: { limit: unique } }))).toBe('u1 | u2 e1 | u3');
    expect(solved([...rows, row('u1 e1', { rule: 'manual' })], rules({ user: { limit: unique } }))).toBe('u1 u2 e1 | u3');
  });
  test('with a window refuses only what was first seen within one', () => {
    const phones = rules({ phone: { limit: { max: 1, withinDays: 365, onExcess: 'split' } } });
    expect(solved([row('u1 p1', { first: 0 }), row('u1 p2', { first: 365 })], phones)).toBe('u1 p2 | p1');
    expect(solved([row('u1 p1', { first: 0 }), row('u1 p2', { first: 366 })], phones)).toBe('u1 p1 p2');
  });
  test('detaches the values that came last, with all their links', () => {
    const emails = rules({ email: { limit: { max: 2, onExcess: 'detach' } } });
    const rows = [row('u1 e1', { first: 1 }), row('u1 e2', { first: 3 }), row('u1 e3', { first: 2 }), row('e2 c2', { first: 3 })];
    expect(solved(rows, emails)).toBe('u1 e1 e3 | e2 | c2');
  });
  test('isolates the weaker end of the edge that it refuses: tied to both, it belongs to neither', () => {
    const rows = [row('u1 c1', { last: 1 }), row('u2 c1', { last: 2 }), row('e1 c1')];
    const isolating = rules({ user: { limit: { max: 1, onExcess: 'isolate' } } });
    expect(solved(rows, isolating)).toBe('u1 | u2 | e1 | c1');
    expect(solved(rows, rules({ user: { limit: unique } }, { onConflict: 'isolate' }))).toBe('u1 | u2 | e1 | c1');
  });
  test('once something is cut off, may allow what it refused before', () => {
    const rows = [row('p1 c1', { last: 9 }), row('p2 c1', { last: 8 }), row('u1 c1', { last: 7 }), row('u2 p1', { last: 1 })];
    const given = rules({ user: { limit: unique }, phone: { limit: { max: 1, onExcess: 'isolate' } } });
    // c1 is tied to two phones; with it gone, nothing stands between p1 and u2 any more
    expect(solved(rows, given)).toBe('u1 | u2 p1 | p2 | c1');
  });
});

describe('what people decide', () => {
  test('two that must not be linked are not, by no path, and not by force', () => {
    const rows = [row('u1 e1', { last: 2 }), row('e1 u2', { last: 1 })];
    const neverLink = [[nodeOf('u1'), nodeOf('u2')] as const];
    expect(solved(rows, rules({}), { neverLink })).toBe('u1 e1 | u2');
    expect(solved([...rows, row('u1 u2', { rule: 'manual' })], rules({}), { neverLink })).toBe('u1 e1 | u2');
  });
  test('a value that must not be used is gone, and joins no profiles', () => {
    expect(solved([row('u1 e1'), row('u2 e1')], rules({}), { neverUse: [nodeOf('e1')] })).toBe('u1 | u2');
  });
});

describe('a visit that is not believed', () => {
  test('makes no profile of its weaker id, until another row does or the visit is believed', () => {
    const once = row('u1 c1', { rule: 'sighting' });
    expect(solved([once], rules({}))).toBe('u1');
    expect(solved([once, row('c1')], rules({}))).toBe('u1 | c1');
    expect(solved([{ ...once, seenCount: 2 }], rules({}))).toBe('u1 c1');
    expect(solved([{ ...once, seenCount: 2 }, row('u2 c1', { rule: 'sighting' })], rules({}))).toBe('u1 | u2');
  });
  test('is the weaker id’s own where the stronger one must not be used', () => {
    expect(solved([row('u1 c1', { rule: 'sighting' })], rules({}), { neverUse: [nodeOf('u1')] })).toBe('c1');
  });
});

describe('size', () => {
  const small = rules({}, { maxSize: 3, maxGrowth: 1 });
  const known = (...groups: string[]) => new Map(groups.flatMap((group) => group.split(' ').map((name) => [nodeOf(name), group] as const)));

  test('keeps what is too large as it was in the last build, and leaves who is new alone', () => {
    const rows = [row('u1 e1'), row('e1 c1'), row('c1 c2')];
    expect(solved(rows, small)).toBe('u1 | e1 | c1 | c2');
    expect(solved(rows, small, {}, known('u1 e1', 'c1'))).toBe('u1 e1 | c1 | c2');
  });
  test('holds a profile back that gains too much in one build', () => {
    const rows = [row('u1 c1'), row('u1 c2')];
    expect(solved(rows, small, {}, known('u1'))).toBe('u1 | c1 | c2');
    expect(solved(rows, small, {}, known('u1 c1'))).toBe('u1 c1 c2');
    expect(solved(rows, small)).toBe('u1 c1 c2');
  });
});
