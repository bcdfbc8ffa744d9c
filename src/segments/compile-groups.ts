/** Grouped conditions of every kind: which rows they share, and what holds for a group. Pure. */
import type { Entity } from '../catalogue/catalogue.ts';
import type { CheckedNode, GroupedCondition } from './checked.ts';
import { countHolds } from './compile-count.ts';
import { scanEvents } from './compile-events.ts';
import type { Asking, GroupScan, ScanTools } from './group-scan.ts';
import { group, type Predicate, tight } from './predicate.ts';

/** `conditions`: at least one, all with the same rows (`rowsNameOf`). */
export function scanGroups(entity: Entity, conditions: readonly GroupedCondition[], tools: ScanTools): GroupScan {
  return scanEvents(entity.key, conditions, tools);
}

/** `measures`: SQL of the condition's aggregates, or of the columns that hold them. Undefined when it holds for every group. */
export function groupHolds(condition: GroupedCondition, measures: readonly string[], asking: Asking): Predicate | undefined {
  const [first = '0'] = measures;
  return countHolds(condition.count, first, asking);
}

/**
 * A tree of grouped conditions as the condition on one group; undefined when any group will do. Negations are pushed down to the leaves, so
 * that "none" becomes `count() > 0` in the set of entities that are left out.
 */
export function groupCondition(node: CheckedNode, scan: GroupScan, isNegated = false): Predicate | undefined {
  switch (node.kind) {
    case 'not':
      return groupCondition(node.child, scan, !isNegated);
    case 'all':
    case 'any': {
      const conditions = node.children.map((child) => groupCondition(child, scan, isNegated));
      if (conditions.length === 1) return conditions[0];
      return group(
        (node.kind === 'all') !== isNegated ? 'all' : 'any',
        conditions.map((condition) => condition ?? tight('true')),
      );
    }
    case 'event':
      return groupHolds(node, scan.measures(node), { isNegated, hasRows: scan.isSingle });
    case 'trait':
    case 'segment':
    case 'sql':
      throw new Error(`${node.kind} condition in a tree of groups`);
  }
}
