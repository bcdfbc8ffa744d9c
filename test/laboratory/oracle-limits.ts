/** Limits and never-links: a component that holds too much is taken apart and joined again, the best evidence first. */
import { compare, DAY_MS, type Decisions, type EdgeRow, type EntityRules, type Limit, type Node, RULE_PRIORITY, typeOf } from './graph.ts';
import { weakEnd } from './oracle-guards.ts';
import { createUnionFind } from './union-find.ts';

export interface Component {
  readonly members: readonly Node[];
  readonly types: ReadonlyMap<Node, number>;
  /** Rows that join two of the members. */
  readonly active: readonly EdgeRow[];
  /** All rows, those that join nobody too: they know when a value was first seen. */
  readonly all: readonly EdgeRow[];
  readonly decisions: Decisions;
}

/** Two identifiers and everything that speaks for joining them. */
interface Pair {
  readonly a: Node;
  readonly b: Node;
  readonly typeA: number;
  readonly typeB: number;
  readonly isForced: boolean;
  /** Smaller is better. */
  readonly strength: readonly (number | bigint)[];
}

interface Refusal {
  readonly pair: Pair;
  /** Type number of the limit that refused; null for a never-link. */
  readonly limited: number | null;
  /** What the two sides hold of the limited type, in the order first seen. */
  readonly values: readonly Node[];
}

/**
 * Joins edge by edge what the rules allow; what `isolate` or `detach` cuts off loses its edges, which may allow what was refused: so again from the
 * start, until nothing more is cut off.
 */
export function splitComponent(component: Component, rules: EntityRules): Map<Node, Node> {
  const pairs = pairsOf(component.active, rules).sort((one, other) => compare(one.strength, other.strength));
  const cut = new Set<Node>();
  for (;;) {
    const usable = pairs.filter(({ a, b, isForced }) => isForced || !(cut.has(a) || cut.has(b)));
    const { parts, refusals } = joinInOrder(component, usable, rules);
    const before = cut.size;
    for (const refusal of refusals) for (const node of cutBy(refusal, rules)) cut.add(node);
    if (cut.size === before) return parts;
  }
}

function pairsOf(active: readonly EdgeRow[], rules: EntityRules): Pair[] {
  const rowsOfPairs = Map.groupBy(active, ({ a, b }) => `${a}-${b}`);
  return [...rowsOfPairs.values()].flatMap((rows) => {
    const [row] = rows;
    if (!row) return [];
    const { a, b, typeA, typeB } = row;
    const isForced = rows.some(({ rule }) => rule === 'manual');
    const priority = Math.min(...rows.map(({ rule }) => RULE_PRIORITY[rule]));
    const last = Math.max(...rows.map(({ lastSeenAt }) => lastSeenAt ?? 0));
    const first = Math.min(...rows.map(({ firstSeenAt }) => firstSeenAt ?? Number.POSITIVE_INFINITY));
    const count = rows.reduce((total, { seenCount }) => total + seenCount, 0);
    const byPolicy = { last: -last, first, isolate: -count }[rules.onConflict];
    return [{ a, b, typeA, typeB, isForced, strength: [isForced ? 0 : 1, priority, byPolicy, -count, -last, a, b] }];
  });
}

/** Kruskal's algorithm, with an edge refused where the union would hold what it must not. */
function joinInOrder(component: Component, pairs: readonly Pair[], rules: EntityRules) {
  const groups = createUnionFind<Node>();
  for (const node of component.members) groups.add(node);
  const refusals: Refusal[] = [];
  for (const pair of pairs) {
    const [left, right] = [groups.find(pair.a), groups.find(pair.b)];
    if (left === right) continue;
    const side = (group: Node) => component.members.filter((node) => groups.find(node) === group);
    const refusal = refusalOf(pair, side(left), side(right), component, rules);
    if (refusal) refusals.push(refusal);
    else groups.join(left, right);
  }
  return { parts: groups.groups(), refusals };
}

function refusalOf(
  pair: Pair,
  left: readonly Node[],
  right: readonly Node[],
  { types, all, decisions }: Component,
  rules: EntityRules,
): Refusal | undefined {
  const isApart = ([one, other]: readonly [Node, Node]) =>
    (left.includes(one) && right.includes(other)) || (right.includes(one) && left.includes(other));
  if (decisions.neverLink.some(isApart)) return { pair, limited: null, values: [] };
  if (pair.isForced) return undefined;
  for (const [place, { limit }] of rules.types.entries()) {
    if (!limit) continue;
    const ofType = (side: readonly Node[]) => side.filter((node) => types.get(node) === place + 1);
    if (ofType(left).length === 0 || ofType(right).length === 0) continue;
    const values = inOrderOfSight([...ofType(left), ...ofType(right)], all);
    if (isTooMuch(values, limit)) return { pair, limited: place + 1, values: values.map(({ node }) => node) };
  }
  return undefined;
}

interface Seen {
  readonly node: Node;
  readonly firstSeenAt: number;
}

function inOrderOfSight(nodes: readonly Node[], rows: readonly EdgeRow[]): Seen[] {
  const firstSeenAt = (node: Node) => Math.min(...rows.filter(({ a, b }) => a === node || b === node).map((row) => row.firstSeenAt ?? 0));
  return nodes
    .map((node) => ({ node, firstSeenAt: firstSeenAt(node) }))
    .sort((one, other) => compare([one.firstSeenAt, one.node], [other.firstSeenAt, other.node]));
}

/** More than `max` values; with a window, more than `max` of them first seen within one window, wherever it lies. */
function isTooMuch(values: readonly Seen[], { max, withinDays }: Limit): boolean {
  if (withinDays === undefined) return values.length > max;
  return values.some(({ firstSeenAt }, place) => {
    const oneTooMany = values[place + max];
    return oneTooMany !== undefined && oneTooMany.firstSeenAt - firstSeenAt <= withinDays * DAY_MS;
  });
}

/** What a refused edge costs its ends, or the values that are too many. */
function cutBy({ pair, limited, values }: Refusal, rules: EntityRules): readonly Node[] {
  const limit = limited === null ? undefined : typeOf(rules, limited).limit;
  if (!limit) return [];
  if (limit.onExcess === 'detach') return values.slice(limit.max);
  if (limit.onExcess === 'split' && rules.onConflict !== 'isolate') return [];
  // Tied to both sides, the weaker end is nobody's; but a value of the limited type itself is somebody's.
  const weak = weakEnd(pair);
  return (weak === pair.a ? pair.typeA : pair.typeB) === limited ? [] : [weak];
}
