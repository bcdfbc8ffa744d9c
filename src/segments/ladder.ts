/** What each condition takes away: the whole without it, and how far the members come from the first condition to the last. Pure. */
import type { CheckedNode } from './checked.ts';
import { both, either, not, type Predicate, tight } from './predicate.ts';

type ColumnOf = (node: CheckedNode) => string;

/** The whole without one of its conditions, over the columns of the others; undefined when nothing is left, which holds for all. */
export function without(node: CheckedNode, removed: CheckedNode, columnOf: ColumnOf): Predicate | undefined {
  if (node === removed) return undefined;
  switch (node.kind) {
    case 'all':
    case 'any': {
      const parts = node.children.flatMap((child) => without(child, removed, columnOf) ?? []);
      return parts.length === 0 ? undefined : (node.kind === 'all' ? both : either)(parts);
    }
    case 'not': {
      const part = without(node.child, removed, columnOf);
      return part && not(part);
    }
    default:
      return tight(columnOf(node));
  }
}

/** The conditions that every member satisfies: those that `all` joins at the top, or the whole. */
export const requirementsOf = (node: CheckedNode): readonly CheckedNode[] =>
  node.kind === 'all' ? node.children.flatMap(requirementsOf) : [node];

/** This requirement and all before it; undefined for a condition that is no requirement. */
export function soFar(root: CheckedNode, node: CheckedNode, columnOf: ColumnOf): Predicate | undefined {
  const required = requirementsOf(root);
  const place = required.indexOf(node);
  return place < 0 ? undefined : both(required.slice(0, place + 1).map((one) => tight(columnOf(one))));
}
