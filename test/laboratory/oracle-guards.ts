/** Guards on single identifiers and single rows: unused values, caps, sightings. What is left are the rows that join their two ends. */
import { compare, DAY_MS, type EdgeRow, type EntityRules, type Node, numberOf } from './graph.ts';

/** A value that people said must not be used disappears; whoever was seen with it stays, alone as far as that row goes. */
export function withoutUnused(rows: readonly EdgeRow[], unused: readonly Node[]): EdgeRow[] {
  const gone = new Set(unused);
  return rows.flatMap((row) => {
    if (gone.has(row.a) && gone.has(row.b)) return [];
    if (gone.has(row.a)) return [{ ...row, a: row.b, typeA: row.typeB }];
    if (gone.has(row.b)) return [{ ...row, b: row.a, typeB: row.typeA }];
    return [row];
  });
}

/**
 * The rows of `usable` that join their two ends. The guards judge by `all` rows: that a value is not to be used does not make another one
 * less suspicious.
 */
export function activeRows(all: readonly EdgeRow[], usable: readonly EdgeRow[], rules: EntityRules): EdgeRow[] {
  const capped = cappedNodes(all, rules);
  const trusted = trustedNodes(all, rules);
  return usable.filter((row) => {
    if (row.a === row.b) return false;
    if (row.rule === 'manual') return true;
    if (capped.has(row.a) || capped.has(row.b)) return false;
    return row.rule !== 'sighting' || trusted.has(weakEnd(row));
  });
}

/** Identifiers that claims join with more identifiers of another type than their cap allows. */
export function cappedNodes(rows: readonly EdgeRow[], rules: EntityRules): Set<Node> {
  const capped = new Set<Node>();
  /** Of each identifier: its neighbours with their type, and when the two were last seen together. */
  const neighbours = new Map<Node, { readonly type: number; readonly others: Map<Node, { readonly type: number; lastSeenAt: number }> }>();
  const note = (node: Node, type: number, other: Node, otherType: number, lastSeenAt: number) => {
    const known = neighbours.get(node) ?? { type, others: new Map() };
    neighbours.set(node, known);
    const before = known.others.get(other)?.lastSeenAt ?? 0;
    known.others.set(other, { type: otherType, lastSeenAt: Math.max(before, lastSeenAt) });
  };
  for (const row of rows) {
    if (!isClaim(row)) continue;
    note(row.a, row.typeA, row.b, row.typeB, row.lastSeenAt ?? 0);
    note(row.b, row.typeB, row.a, row.typeA, row.lastSeenAt ?? 0);
  }
  for (const [node, { type, others }] of neighbours) {
    for (const cap of rules.types[type - 1]?.caps ?? []) {
      const seen = [...others.values()].filter((other) => other.type === numberOf(rules, cap.type)).map(({ lastSeenAt }) => lastSeenAt);
      if (countWithin(seen, cap.withinDays) > cap.max) capped.add(node);
    }
  }
  return capped;
}

/** How many lie within the window that ends at the newest; a time that is not known (0) always counts. */
function countWithin(seen: readonly number[], withinDays: number | undefined): number {
  if (withinDays === undefined) return seen.length;
  const newest = seen.reduce((latest, at) => Math.max(latest, at), 0);
  return seen.filter((at) => at === 0 || at > newest - withinDays * DAY_MS).length;
}

/** The weaker ends of sightings that may be believed: seen often enough, always with the same stronger one, and no row claims who they are. */
export function trustedNodes(rows: readonly EdgeRow[], rules: EntityRules): Set<Node> {
  const sightings = Map.groupBy(
    rows.filter((row) => row.rule === 'sighting' && row.a !== row.b),
    weakEnd,
  );
  const claimed = new Set(rows.filter((row) => row.rule === 'declared' && row.a !== row.b).map(weakEnd));
  const trusted = new Set<Node>();
  for (const [weak, sighted] of sightings) {
    const strong = new Set(sighted.map((row) => (row.a === weak ? row.b : row.a)));
    const count = sighted.reduce((total, row) => total + row.seenCount, 0);
    if (strong.size === 1 && count >= rules.minSightings && !claimed.has(weak)) trusted.add(weak);
  }
  return trusted;
}

const isClaim = (row: EdgeRow) => (row.rule === 'declared' || row.rule === 'probabilistic') && row.a !== row.b;

/** The end of the weaker type (the larger number), of two equal ones the larger node. */
export const weakEnd = (row: Pick<EdgeRow, 'a' | 'b' | 'typeA' | 'typeB'>): Node =>
  compare([row.typeA, row.a], [row.typeB, row.b]) > 0 ? row.a : row.b;
