import { expect, test } from 'vitest';
import type { CheckedNode } from './checked.ts';
import { requirementsOf, soFar, without } from './ladder.ts';

const leaf = (segment: string): CheckedNode => ({ kind: 'segment', path: [], segment });
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(leaf) as [CheckedNode, CheckedNode, CheckedNode, CheckedNode];
const any: CheckedNode = { kind: 'any', path: [], children: [b, c] };
const not: CheckedNode = { kind: 'not', path: [], child: d };
const root: CheckedNode = { kind: 'all', path: [], children: [a, { kind: 'all', path: [], children: [any, not] }] };
const columnOf = (node: CheckedNode) => (node.kind === 'segment' ? node.segment : 'group');

test('the whole without a condition keeps all others, and a group or a negation of nothing goes with it', () => {
  const sqlWithout = (removed: CheckedNode) => without(root, removed, columnOf)?.sql;
  expect(sqlWithout(a)).toBe('(b or c) and not d');
  expect(sqlWithout(b)).toBe('a and (c and not d)');
  expect(sqlWithout(any)).toBe('a and not d');
  expect(sqlWithout(d)).toBe('a and (b or c)');
  expect(sqlWithout(root)).toBeUndefined();
});

test('requirements are what `all` joins at the top, however nested, and each comes after those before it', () => {
  expect(requirementsOf(root)).toEqual([a, any, not]);
  expect(requirementsOf(any)).toEqual([any]);
  expect(soFar(root, any, columnOf)?.sql).toBe('a and group');
  expect(soFar(root, b, columnOf)).toBeUndefined();
});
