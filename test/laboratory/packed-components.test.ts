import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PackedComponents } from './packed-components.ts';
import { createUnionFind } from './union-find.ts';

const packed = (pairs: readonly (readonly [bigint, bigint])[]) => new Uint32Array(new BigUint64Array(pairs.flat()).buffer);

function differences(components: PackedComponents, labels: readonly (readonly [bigint, bigint])[]): number {
  const comparison = components.compare();
  comparison.add(packed(labels));
  return comparison.differences();
}

const node = fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const edges = fc.array(fc.tuple(node, node), { minLength: 1, maxLength: 60 });

test('packed components are those of the plain union-find', () => {
  fc.assert(
    fc.property(edges, (pairs) => {
      const plain = createUnionFind<bigint>();
      for (const [a, b] of pairs) plain.join(a, b);
      const components = new PackedComponents(120);
      components.join(packed(pairs));
      const labels = [...plain.groups()];
      expect(components.nodes).toBe(labels.length);
      expect(components.components).toBe(new Set(labels.map(([, label]) => label)).size);
      expect(differences(components, labels)).toBe(0);
    }),
  );
});

const apart = (...labels: readonly (readonly [bigint, bigint])[]) => {
  const components = new PackedComponents(10);
  components.join(
    packed([
      [1n, 2n],
      [3n, 4n],
    ]),
  );
  return differences(components, labels);
};

test('a partition that joins too much, too little, or leaves an identifier out, differs', () => {
  expect(apart([1n, 9n], [2n, 9n], [3n, 8n], [4n, 8n])).toBe(0);
  expect(apart([1n, 9n], [2n, 9n], [3n, 9n], [4n, 9n])).toBeGreaterThan(0);
  expect(apart([1n, 9n], [2n, 7n], [3n, 8n], [4n, 8n])).toBeGreaterThan(0);
  expect(apart([1n, 9n], [2n, 9n], [3n, 8n])).toBe(1);
  expect(apart([1n, 9n], [2n, 9n], [3n, 8n], [4n, 8n], [5n, 5n])).toBe(1);
});
