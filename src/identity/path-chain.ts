/** The shortest chain of evidence between two identifiers. Pure. */

/** An undirected link between two nodes. */
export interface Link {
  readonly a: bigint;
  readonly b: bigint;
  /** Priority of its best evidence; 1 is the strongest. */
  readonly rule_priority: number;
  /** Rows that showed it. */
  readonly seen_count: number;
}

interface Way<L extends Link> {
  readonly hops: number;
  /** Sums over the chain, so that every best path to a node begins with a best path to the node before. */
  readonly priorities: number;
  readonly seen: number;
  /** The link over which the node was reached, and from where; none at the start. */
  readonly over: { readonly link: L; readonly from: bigint } | null;
}

/**
 * Breadth first. Among chains of equally few links the one with the strongest rules wins, then the one seen most often, then the one
 * whose links come first in `links`: the answer does not change between two calls.
 * @returns its links in order, none when both are the same node; undefined when nothing connects them.
 */
export function shortestChain<L extends Link>(links: readonly L[], from: bigint, to: bigint): L[] | undefined {
  const neighbours = byEnd(links);
  const ways = new Map<bigint, Way<L>>([[from, { hops: 0, priorities: 0, seen: 0, over: null }]]);
  let level: bigint[] = [from];
  while (level.length > 0 && !ways.has(to)) {
    const next = new Set<bigint>();
    for (const node of level) {
      const way = ways.get(node) as Way<L>;
      for (const link of neighbours.get(node) ?? []) {
        const end = link.a === node ? link.b : link.a;
        const candidate = {
          hops: way.hops + 1,
          priorities: way.priorities + link.rule_priority,
          seen: way.seen + link.seen_count,
          over: { link, from: node },
        };
        const known = ways.get(end);
        if (known !== undefined && !isBetter(candidate, known)) continue;
        ways.set(end, candidate);
        next.add(end);
      }
    }
    level = [...next];
  }
  return chainTo(ways, to);
}

function chainTo<L extends Link>(ways: ReadonlyMap<bigint, Way<L>>, to: bigint): L[] | undefined {
  const chain: L[] = [];
  let way = ways.get(to);
  if (way === undefined) return undefined;
  while (way?.over) {
    chain.unshift(way.over.link);
    way = ways.get(way.over.from);
  }
  return chain;
}

/** Only a path of the same length may replace one: a node of an earlier level is final. */
function isBetter(one: Way<Link>, other: Way<Link>): boolean {
  if (one.hops !== other.hops) return one.hops < other.hops;
  if (one.priorities !== other.priorities) return one.priorities < other.priorities;
  return one.seen > other.seen;
}

function byEnd<L extends Link>(links: readonly L[]): Map<bigint, L[]> {
  const found = new Map<bigint, L[]>();
  for (const link of links) {
    for (const end of [link.a, link.b]) {
      const known = found.get(end);
      if (known) known.push(link);
      else found.set(end, [link]);
    }
  }
  return found;
}
