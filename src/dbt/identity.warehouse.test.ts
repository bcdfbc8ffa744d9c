import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type IdentityLab, openIdentityLab } from '../../test/identity-lab.ts';

/** The oracle: union-find. Returns, for each node, the smallest node of its component. */
function unionFind(nodes: readonly number[], edges: readonly (readonly [number, number])[]): Map<number, number> {
  const parent = new Map(nodes.map((node) => [node, node]));
  const find = (node: number): number => {
    let root = node;
    while (parent.get(root) !== root) root = parent.get(root) ?? root;
    let next = node;
    while (next !== root) {
      const above = parent.get(next) ?? root;
      parent.set(next, root);
      next = above;
    }
    return root;
  };
  for (const [a, b] of edges) {
    const [low, high] = [find(a), find(b)].sort((x, y) => x - y);
    if (low !== undefined && high !== undefined) parent.set(high, low);
  }
  return new Map(nodes.map((node) => [node, find(node)]));
}

/** Two labellings say the same when each label of one goes with exactly one label of the other. */
function expectSamePartition(actual: ReadonlyMap<number, string>, expected: ReadonlyMap<number, number>): void {
  expect(actual.size).toBe(expected.size);
  const forth = new Map<string, number>();
  const back = new Map<number, string>();
  for (const [node, label] of actual) {
    const other = expected.get(node);
    if (other === undefined) throw new Error(`node ${node} was never there`);
    expect(forth.get(label) ?? other, `component of node ${node}`).toBe(other);
    expect(back.get(other) ?? label, `component of node ${node}`).toBe(label);
    forth.set(label, other);
    back.set(other, label);
  }
}

let lab: IdentityLab;
beforeAll(async () => {
  lab = await openIdentityLab();
}, 120_000);
afterAll(() => lab.close());

describe('the connected components of identity_components', () => {
  const graph = fc
    .integer({ min: 1, max: 30 })
    .chain((size) =>
      fc.record({ size: fc.constant(size), edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 2 * size }) }),
    );

  test('are those that union-find gives, for 300 random graphs, whatever the order of the edges', async () => {
    // One build costs a second, so the graphs lie side by side in one table, each in numbers of its own.
    await fc.assert(
      fc.asyncProperty(
        fc.array(graph, { minLength: 100, maxLength: 100 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (graphs, draws) => {
          const place = (index: number, node: number) => 1 + index * 1_000 + node;
          const nodes = graphs.flatMap(({ size }, index) => Array.from({ length: size }, (_, node) => place(index, node)));
          const edges = graphs.flatMap(({ edges }, index) => edges.map(([a, b]) => [place(index, a), place(index, b)] as const));
          const shuffled = edges
            .map((edge) => ({ edge, draw: draws.next().value ?? 0 }))
            .sort((x, y) => x.draw - y.draw)
            .map(({ edge }) => edge);
          await lab.solve({ nodes: nodes.map((node) => ({ node })), edges: shuffled });
          expectSamePartition(await lab.components(), unionFind(nodes, edges));
        },
      ),
      { numRuns: 3, endOnFailure: true },
    );
  });

  test('join a chain of 5,000 whose ids rise, a star of 5,000, a clique and lonely nodes, each as one', async () => {
    const chain = Array.from({ length: 5_000 }, (_, index) => 10_000 + index);
    const star = Array.from({ length: 5_000 }, (_, index) => 20_000 + index);
    const clique = Array.from({ length: 40 }, (_, index) => 30_000 + index);
    const lonely = [40_000, 40_001];
    const nodes = [...chain, ...star, ...clique, ...lonely];
    const edges = [
      ...chain.slice(1).map((node) => [node - 1, node] as const),
      ...star.slice(1).map((node) => [star[0] ?? 0, node] as const),
      ...clique.flatMap((a) => clique.filter((b) => b > a).map((b) => [a, b] as const)),
    ];
    await lab.connect({ nodes: nodes.map((node) => ({ node })), edges });
    expectSamePartition(await lab.components(), unionFind(nodes, edges));
  });

  test('leave no table of the solve behind', async () => {
    const left = await lab.rows(
      `select name from system.tables where startsWith(name, 'identity_components__') and database = '${lab.warehouse.databases.identity}'`,
      z.object({ name: z.string() }),
    );
    expect(left).toEqual([]);
  });

  test('are empty for an empty graph', async () => {
    await lab.connect({ nodes: [], edges: [] });
    expect((await lab.components()).size).toBe(0);
  });
});

describe('profile ids', () => {
  const older = { seenAt: '2020-01-01 00:00:00' };
  const newer = { seenAt: '2024-01-01 00:00:00' };

  beforeAll(() => lab.forget());

  test('stay the same when nothing changes', async () => {
    const world = {
      nodes: [
        { node: 1, ...older },
        { node: 2, ...newer },
      ],
      edges: [],
    };
    await lab.solve(world);
    const first = await lab.profiles();
    await lab.solve(world);
    expect(await lab.profiles()).toEqual(first);
  });

  test('of the person known longest survives a merge, and the other is an alias of it', async () => {
    await lab.forget();
    const nodes = [
      { node: 5, ...newer },
      { node: 6, ...older },
      { node: 7, ...newer },
    ];
    await lab.solve({ nodes, edges: [] });
    const before = await lab.profiles();

    await lab.solve({ nodes, edges: [[5, 6]] });
    const after = await lab.profiles();
    expect(after.get(5)).toBe(before.get(6));
    expect(after.get(6)).toBe(before.get(6));
    expect(after.get(7)).toBe(before.get(7));
    expect(await lab.aliases()).toEqual(new Map([[before.get(5), before.get(6)]]));
  });

  test('lead through a second merge in one step', async () => {
    await lab.forget();
    const nodes = [
      { node: 5, ...newer },
      { node: 6, seenAt: '2022-01-01 00:00:00' },
      { node: 7, ...older },
    ];
    await lab.solve({ nodes, edges: [] });
    const before = await lab.profiles();
    await lab.solve({ nodes, edges: [[5, 6]] });
    await lab.solve({
      nodes,
      edges: [
        [5, 6],
        [6, 7],
      ],
    });
    const aliases = await lab.aliases();
    expect(aliases.get(before.get(5) ?? '')).toBe(before.get(7));
    expect(aliases.get(before.get(6) ?? '')).toBe(before.get(7));
  });

  test('stay with the larger part when a person is split; the other part gets a new one', async () => {
    await lab.forget();
    const nodes = [1, 2, 3, 4, 5].map((node) => ({ node, seenAt: `2020-01-0${node} 00:00:00` }));
    await lab.solve({
      nodes,
      edges: [
        [1, 2],
        [2, 3],
        [3, 4],
        [4, 5],
      ],
    });
    const before = await lab.profiles();

    // node 1, the first identifier, of which the id was made, is in the smaller part
    await lab.solve({
      nodes,
      edges: [
        [1, 2],
        [3, 4],
        [4, 5],
      ],
    });
    const after = await lab.profiles();
    expect(after.get(3)).toBe(before.get(3));
    expect(after.get(5)).toBe(before.get(3));
    expect(after.get(1)).toBe(after.get(2));
    expect(after.get(1)).not.toBe(before.get(1));
  });

  test('are again what they were when a split is undone', async () => {
    const nodes = [1, 2, 3, 4, 5].map((node) => ({ node, seenAt: `2020-01-0${node} 00:00:00` }));
    const split = await lab.profiles();
    await lab.solve({
      nodes,
      edges: [
        [1, 2],
        [2, 3],
        [3, 4],
        [4, 5],
      ],
    });
    const after = await lab.profiles();
    expect(new Set(after.values())).toEqual(new Set([split.get(3)]));
    expect(await lab.aliases()).toEqual(new Map([[split.get(1), split.get(3)]]));
  });

  test('come out the same when the same world is built from nothing', async () => {
    const nodes = [1, 2, 3].map((node) => ({ node, ...older }));
    await lab.forget();
    await lab.solve({ nodes, edges: [[1, 2]] });
    const first = await lab.profiles();
    await lab.forget();
    await lab.solve({ nodes: nodes.toReversed(), edges: [[2, 1]] });
    expect(await lab.profiles()).toEqual(first);
  });
});
