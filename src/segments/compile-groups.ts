/** Grouped conditions of every kind: which rows they share, and what holds for a group. Pure. */
import type { Entity } from '../catalogue/catalogue.ts';
import type { CheckedNode, GroupedCondition } from './checked.ts';
import { countHolds } from './compile-count.ts';
import { measureHolds } from './compile-event-measure.ts';
import { scanEvents } from './compile-events.ts';
import { relatedHolds, scanRelated } from './compile-related.ts';
import { scanSequence } from './compile-sequence.ts';
import type { Asking, GroupScan, ScanTools } from './group-scan.ts';
import { group, type Predicate, tight } from './predicate.ts';

/** `conditions`: at least one, all with the same rows (`rowsNameOf`). */
export function scanGroups(entity: Entity, conditions: readonly GroupedCondition[], tools: ScanTools): GroupScan {
  const [first] = conditions;
  if (first?.kind === 'sequence') return scanSequence(entity, first, tools);
  const related = conditions.filter((condition) => condition.kind === 'related');
  if (related.length > 0) return scanRelated(entity, related, tools) as GroupScan;
  const events = conditions.filter((condition) => condition.kind === 'event');
  return scanEvents(entity, events, tools) as GroupScan;
}

/** `measures`: SQL of the condition's aggregates, or of the columns that hold them. Undefined when it holds for every group. */
export function groupHolds(
  condition: GroupedCondition,
  measures: readonly string[],
  asking: Asking,
  tools: ScanTools,
): Predicate | undefined {
  switch (condition.kind) {
    case 'event':
      return measureHolds(condition.measure, measures, asking, tools.parameters);
    case 'related':
      return relatedHolds(condition, measures, asking, tools);
    case 'sequence':
      return countHolds(condition.times, measures[0] ?? '0', asking);
  }
}

/**
 * A tree of grouped conditions as the condition on one group; undefined when any group will do. Negations are pushed down to the leaves, so
 * that "none" becomes `count() > 0` in the set of entities that are left out.
 */
export function groupCondition(node: CheckedNode, scan: GroupScan, tools: ScanTools, isNegated = false): Predicate | undefined {
  switch (node.kind) {
    case 'not':
      return groupCondition(node.child, scan, tools, !isNegated);
    case 'all':
    case 'any': {
      const conditions = node.children.map((child) => groupCondition(child, scan, tools, isNegated));
      if (conditions.length === 1) return conditions[0];
      return group(
        (node.kind === 'all') !== isNegated ? 'all' : 'any',
        conditions.map((condition) => condition ?? tight('true')),
      );
    }
    case 'event':
    case 'sequence':
    case 'related':
      return groupHolds(node, scan.measures(node), { isNegated, hasRows: scan.isSingle }, tools);
    case 'trait':
    case 'segment':
    case 'sql':
    case 'list':
    case 'audience':
      throw new Error(`${node.kind} condition in a tree of groups`);
  }
}
