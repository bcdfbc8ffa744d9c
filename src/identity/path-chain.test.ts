import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Link, shortestChain } from './path-chain.ts';

const link = (a: number, b: number, rule_priority = 2, seen_count = 1): Link => ({ a: BigInt(a), b: BigInt(b), rule_priority, seen_count });
const ends = (chain: readonly Link[] | undefined) => chain?.map(({ a, b }) => `${a}-${b}`);

describe('the shortest chain', () => {
  test('has the fewest links, however weak they are', () => {
    expect(ends(shortestChain([link(1, 2), link(2, 3), link(1, 3, 4)], 1n, 3n))).toEqual(['1-3']);
  });

  test('among equally short ones has the strongest rules, then what was seen most often', () => {
    const byRule = [link(1, 2, 2, 1), link(2, 9, 4, 99), link(1, 3, 2, 1), link(3, 9, 2, 1)];
    expect(ends(shortestChain(byRule, 1n, 9n))).toEqual(['1-3', '3-9']);
    const byCount = [link(1, 2), link(2, 9, 2, 5), link(1, 3), link(3, 9, 2, 7)];
    expect(ends(shortestChain(byCount, 1n, 9n))).toEqual(['1-3', '3-9']);
  });

  test('weighs a chain as a whole: what is best up to the middle is best to the end', () => {
    const links = [link(1, 2, 1, 1), link(1, 3, 3, 1), link(2, 4, 3, 1), link(3, 4, 3, 1), link(4, 5, 4, 1)];
    expect(ends(shortestChain(links, 1n, 5n))).toEqual(['1-2', '2-4', '4-5']);
  });

  test('from an identifier to itself has no links; between two that nothing connects there is none', () => {
    expect(shortestChain([link(1, 2)], 1n, 1n)).toEqual([]);
    expect(shortestChain([link(1, 2), link(3, 4)], 1n, 4n)).toBeUndefined();
    expect(shortestChain([], 1n, 2n)).toBeUndefined();
  });

  test('is as long as a search that knows all distances says, and really leads from one to the other', () => {
    const node = fc.integer({ min: 1, max: 8 });
    const links = fc.array(fc.tuple(node, node, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 })), { maxLength: 20 });
    fc.assert(
      fc.property(links, node, node, (drawn, from, to) => {
        const graph = drawn
          .filter(([a, b]) => a !== b)
          .map(([a, b, priority, seen]) => link(Math.min(a, b), Math.max(a, b), priority, seen));
        const chain = shortestChain(graph, BigInt(from), BigInt(to));
        expect(chain?.length ?? Number.POSITIVE_INFINITY).toBe(distance(graph, from, to));
        let at = BigInt(from);
        for (const { a, b } of chain ?? []) {
          expect([a, b]).toContain(at);
          at = a === at ? b : a;
        }
        if (chain) expect(at).toBe(BigInt(to));
      }),
    );
  });
});

/** Floyd and Warshall's, over eight nodes. */
function distance(links: readonly Link[], from: number, to: number): number {
  const nodes = [1, 2, 3, 4, 5, 6, 7, 8];
  const best = new Map<string, number>(
    nodes.flatMap((a) => nodes.map((b) => [`${a} ${b}`, a === b ? 0 : Number.POSITIVE_INFINITY] as const)),
  );
  const known = (a: number, b: number) => best.get(`${a} ${b}`) ?? Number.POSITIVE_INFINITY;
  for (const { a, b } of links) for (const pair of [`${a} ${b}`, `${b} ${a}`]) best.set(pair, Math.min(1, best.get(pair) ?? 1));
  for (const k of nodes)
    for (const i of nodes) for (const j of nodes) best.set(`${i} ${j}`, Math.min(known(i, j), known(i, k) + known(k, j)));
  return known(from, to);
}
