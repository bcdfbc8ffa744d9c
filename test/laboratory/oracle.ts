/**
 * The identity graph as it is meant, in plain TypeScript: from rows of evidence to who is who. The SQL of `identity_graph` is held against it, so it
 * shares nothing with that SQL and prefers being obviously right to being fast.
 */
import { type Decisions, type EdgeRow, type EntityRules, type Node, type Partition, typeOf } from './graph.ts';
import { activeRows, weakEnd, withoutUnused } from './oracle-guards.ts';
import { splitComponent } from './oracle-limits.ts';
import { createUnionFind } from './union-find.ts';

export interface Evidence {
  /** Of one entity. */
  readonly rows: readonly EdgeRow[];
  readonly decisions: Decisions;
}

/** A component of more identifiers is not taken apart when it violates a limit: it goes to quarantine by its size. */
const MAX_SPLIT_SIZE = 4_000;

/**
 * Who is who. The partition is a pure function of evidence and rules; only what is too large looks at `previous`, the partition of the last build.
 */
export function solveGraph({ rows, decisions }: Evidence, rules: EntityRules, previous: Partition = new Map()): Map<Node, Node> {
  const usable = withoutUnused(rows, decisions.neverUse);
  const active = activeRows(rows, usable, rules);
  const types = typesOf(usable, new Set(active));

  const components = createUnionFind<Node>();
  for (const node of types.keys()) components.add(node);
  for (const { a, b } of active) components.join(a, b);

  const activeByComponent = Map.groupBy(active, ({ a }) => components.find(a));
  const parts = new Map<Node, Node>();
  for (const [component, members] of groupsOf(components.groups())) {
    const split =
      members.length <= MAX_SPLIT_SIZE && isViolating(members, types, decisions, rules)
        ? splitComponent({ members, types, active: activeByComponent.get(component) ?? [], all: usable, decisions }, rules)
        : new Map(members.map((node) => [node, component]));
    for (const [node, part] of split) parts.set(node, part);
  }
  return quarantine(parts, rules, previous);
}

/**
 * The type of every identifier that is somebody. A visit that carries two ids is the stronger one's: the weaker one is somebody when the visit is
 * believed, or when another row says so.
 */
function typesOf(rows: readonly EdgeRow[], active: ReadonlySet<EdgeRow>): Map<Node, number> {
  const types = new Map<Node, number>();
  for (const row of rows) {
    const absent = row.rule === 'sighting' && row.a !== row.b && !active.has(row) ? weakEnd(row) : undefined;
    if (row.a !== absent) types.set(row.a, row.typeA);
    if (row.b !== absent) types.set(row.b, row.typeB);
  }
  return types;
}

function groupsOf(labels: ReadonlyMap<Node, Node>): Map<Node, Node[]> {
  const groups = new Map<Node, Node[]>();
  for (const [node, label] of labels) {
    const group = groups.get(label);
    if (group) group.push(node);
    else groups.set(label, [node]);
  }
  return groups;
}

/** Whether the component holds more of a type than its limit has (at any time: windows are looked at when edges are joined), or a never-link pair. */
function isViolating(members: readonly Node[], types: ReadonlyMap<Node, number>, { neverLink }: Decisions, rules: EntityRules): boolean {
  const counts = new Map<number, number>();
  for (const node of members) counts.set(types.get(node) ?? 0, (counts.get(types.get(node) ?? 0) ?? 0) + 1);
  const isOver = [...counts].some(([number, count]) => count > (typeOf(rules, number).limit?.max ?? Number.POSITIVE_INFINITY));
  return isOver || neverLink.some(([one, other]) => members.includes(one) && members.includes(other));
}

/**
 * A group that is too large, or that gained too much in one build, is more likely a mistake than a person: its identifiers keep the profile that they
 * had, and the new ones stand alone.
 */
function quarantine(parts: ReadonlyMap<Node, Node>, rules: EntityRules, previous: Partition): Map<Node, Node> {
  const settled = new Map<Node, Node>();
  for (const [part, members] of groupsOf(parts)) {
    const fresh = members.filter((node) => !previous.has(node));
    const isTooLarge = members.length > rules.maxSize;
    const grewTooMuch = fresh.length > rules.maxGrowth && fresh.length < members.length;
    if (!isTooLarge && !grewTooMuch) {
      for (const node of members) settled.set(node, part);
      continue;
    }
    for (const node of fresh) settled.set(node, node);
    const known = Map.groupBy(
      members.filter((node) => previous.has(node)),
      (node) => previous.get(node),
    );
    for (const [first, ...rest] of known.values()) {
      if (first === undefined) continue;
      for (const node of [first, ...rest]) settled.set(node, first);
    }
  }
  return settled;
}
