/** Which segments read which: cycles, and an order in which each segment comes after those that it reads. Pure. */

import type { Path } from '../documents/problem.ts';
import type { Node, SegmentDefinition } from './definition.ts';
import type { RelatedFilter, RelatedNode } from './language/related.ts';

export interface Reference {
  readonly segment: string;
  readonly path: Path;
}

/** Every mention of another segment, in reading order. */
export function referencesOf(definition: SegmentDefinition): Reference[] {
  const excluded = (definition.exclude ?? []).map((segment, index) => ({ segment, path: ['exclude', index] }));
  return [...inNode(definition.where, ['where']), ...excluded];
}

function inNode(node: Node, path: Path): Reference[] {
  if ('all' in node) return node.all.flatMap((child, index) => inNode(child, [...path, 'all', index]));
  if ('any' in node) return node.any.flatMap((child, index) => inNode(child, [...path, 'any', index]));
  if ('not' in node) return inNode(node.not, [...path, 'not']);
  if ('related' in node) return inRelated(node, path);
  return 'segment' in node ? [{ segment: node.segment, path: [...path, 'segment'] }] : [];
}

function inRelated({ that, where = [], every = [], first, last }: RelatedNode<Node>, path: Path): Reference[] {
  const inFilters = (filters: readonly RelatedFilter<Node>[], ...place: Path) =>
    filters.flatMap((filter, index) => (filter.that === undefined ? [] : inNode(filter.that, [...path, ...place, index, 'that'])));
  return [
    ...(that === undefined ? [] : inNode(that, [...path, 'that'])),
    ...inFilters(where, 'where'),
    ...inFilters(every, 'every'),
    ...inFilters(first?.where ?? [], 'first', 'where'),
    ...inFilters(last?.where ?? [], 'last', 'where'),
  ];
}

/** The shortest path from `definition` back to itself, as ids (`a, b, a`) and the place in `definition` where it starts. */
export function cycleThrough(
  definition: SegmentDefinition,
  segments: ReadonlyMap<string, SegmentDefinition>,
): { readonly ids: readonly string[]; readonly path: Path } | undefined {
  const open = referencesOf(definition).map(({ segment, path }) => ({ ids: [definition.id, segment], path }));
  const seen = new Set<string>();
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const id = next.ids.at(-1) ?? '';
    if (id === definition.id) return next;
    const other = seen.has(id) ? undefined : segments.get(id);
    seen.add(id);
    const { ids, path } = next;
    if (other) open.push(...referencesOf(other).map(({ segment }) => ({ ids: [...ids, segment], path })));
  }
  return undefined;
}

/** Each after all segments that it reads. Members of a cycle come last, in any order: the check refuses them. */
export function inDependencyOrder(segments: ReadonlyMap<string, SegmentDefinition>): SegmentDefinition[] {
  const done = new Set<string>();
  const ordered: SegmentDefinition[] = [];
  let waiting = [...segments.values()];
  while (waiting.length > 0) {
    const isReady = (definition: SegmentDefinition) =>
      referencesOf(definition).every(({ segment }) => done.has(segment) || !segments.has(segment));
    const ready = waiting.filter(isReady);
    const next = ready.length > 0 ? ready : waiting;
    for (const definition of next) done.add(definition.id);
    ordered.push(...next);
    waiting = waiting.filter(({ id }) => !done.has(id));
  }
  return ordered;
}
