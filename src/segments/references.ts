/** Which segments read which: cycles, and an order in which each segment comes after those that it reads. Pure. */

import type { Path } from '../documents/problem.ts';
import type { Node, SegmentDefinition } from './definition.ts';
import type { RelatedFilter, RelatedNode } from './language/related.ts';

export interface Reference {
  readonly segment: string;
  readonly path: Path;
}

/** Every mention of a list of identifiers, in reading order. */
export const listsNamed = (definition: SegmentDefinition): { readonly list: string; readonly path: Path }[] =>
  mentionsIn(definition.where, ['where'], 'list').map(({ name, path }) => ({ list: name, path }));

/** Every mention of another segment, in reading order. */
export function referencesOf(definition: SegmentDefinition): Reference[] {
  const excluded = (definition.exclude ?? []).map((segment, index) => ({ segment, path: ['exclude', index] }));
  const mentioned = mentionsIn(definition.where, ['where'], 'segment').map(({ name, path }) => ({ segment: name, path }));
  return [...mentioned, ...excluded];
}

interface Mention {
  readonly name: string;
  readonly path: Path;
}

function mentionsIn(node: Node, path: Path, of: 'segment' | 'list'): Mention[] {
  if ('all' in node) return node.all.flatMap((child, index) => mentionsIn(child, [...path, 'all', index], of));
  if ('any' in node) return node.any.flatMap((child, index) => mentionsIn(child, [...path, 'any', index], of));
  if ('not' in node) return mentionsIn(node.not, [...path, 'not'], of);
  if ('related' in node) return mentionsInRelated(node, path, of);
  const name = of === 'segment' && 'segment' in node ? node.segment : of === 'list' && 'list' in node ? node.list : undefined;
  return name === undefined ? [] : [{ name, path: [...path, of] }];
}

function mentionsInRelated(
  { that, where = [], every = [], first, last }: RelatedNode<Node>,
  path: Path,
  of: 'segment' | 'list',
): Mention[] {
  const inFilters = (filters: readonly RelatedFilter<Node>[], ...place: Path) =>
    filters.flatMap((filter, index) => (filter.that === undefined ? [] : mentionsIn(filter.that, [...path, ...place, index, 'that'], of)));
  return [
    ...(that === undefined ? [] : mentionsIn(that, [...path, 'that'], of)),
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
