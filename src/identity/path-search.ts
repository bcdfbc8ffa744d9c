/**
 * Searches evidence between two identifiers of different profiles: from both ends at once, one level at a time, until the two sides meet.
 */
import type { WarehouseClient } from '../warehouse/client.ts';
import { shortestChain } from './path-chain.ts';
import { type Evidence, evidenceAround, type Guard, guardsAround } from './path-queries.ts';

/** Evidence that does not count may lead through shared tablets to half the town: a longer path is no useful explanation. */
export const MAX_LINKS = 12;
const MAX_NODES = 20_000;
const MAX_ROWS_PER_LEVEL = 50_000;

export interface SearchResult {
  /** Identifiers of the shortest chain in order, both ends included; null when none was found. */
  readonly nodes: readonly bigint[] | null;
  /** False when the search stopped at a limit and not at the end of the evidence. */
  readonly isExhaustive: boolean;
}

interface Side {
  readonly reached: Set<bigint>;
  /** Nodes reached last, to be expanded next. */
  edge: readonly bigint[];
  /** Whether it met a hub, which is not expanded: when the edge is empty, there may still be more. */
  hasHub: boolean;
}

export async function searchBetween(reader: Pick<WarehouseClient, 'ask'>, from: bigint, to: bigint): Promise<SearchResult> {
  const sides = [await startAt(reader, from), await startAt(reader, to)] as const;
  const evidence: Evidence[] = [];
  let isExhaustive = true;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    // A side without hubs has reached everything that is connected to it, and the other end is not there.
    if (sides.some(({ edge, hasHub }) => edge.length === 0 && !hasHub)) return { nodes: null, isExhaustive };
    const [mine, theirs] = isFirst(sides[0].edge.length, sides[1].edge.length) ? sides : [sides[1], sides[0]];
    if (mine.edge.length === 0) return { nodes: null, isExhaustive };
    const rows = await reader.ask(evidenceAround, { nodes: [...mine.edge], limit: MAX_ROWS_PER_LEVEL });
    isExhaustive &&= rows.length < MAX_ROWS_PER_LEVEL;
    evidence.push(...rows);
    const next = [...new Set(rows.flatMap(({ a, b }) => [a, b]))].filter((node) => !mine.reached.has(node));
    for (const node of next) mine.reached.add(node);
    if (next.some((node) => theirs.reached.has(node))) return { nodes: nodesOf(evidence, from, to), isExhaustive };
    if (sides[0].reached.size + sides[1].reached.size > MAX_NODES) return { nodes: null, isExhaustive: false };
    await advance(reader, mine, next);
  }
  return { nodes: null, isExhaustive: false };
}

async function startAt(reader: Pick<WarehouseClient, 'ask'>, node: bigint): Promise<Side> {
  const side: Side = { reached: new Set([node]), edge: [], hasHub: false };
  await advance(reader, side, [node]);
  return side;
}

/** A capped identifier may touch millions of others, and is not expanded: a chain through it is found from its other end. */
async function advance(reader: Pick<WarehouseClient, 'ask'>, side: Side, reached: readonly bigint[]): Promise<void> {
  const guards = reached.length === 0 ? [] : await reader.ask(guardsAround, { nodes: [...reached] });
  const hubs = hubsAmong(guards);
  side.edge = reached.filter((node) => !hubs.has(node));
  side.hasHub ||= hubs.size > 0;
}

/** Identifiers that touch more others than allowed. */
export const hubsAmong = (guards: readonly Guard[]) => new Set(guards.filter(({ kind }) => kind === 'cap').map(({ node_a }) => node_a));

/** The smaller edge is cheaper to expand; an empty one cannot be expanded. */
const isFirst = (one: number, other: number) => one > 0 && (other === 0 || one <= other);

function nodesOf(evidence: readonly Evidence[], from: bigint, to: bigint): bigint[] | null {
  const chain = shortestChain(evidence, from, to);
  if (chain === undefined) return null;
  const nodes = [from];
  for (const { a, b } of chain) nodes.push(a === nodes.at(-1) ? b : a);
  return nodes;
}
