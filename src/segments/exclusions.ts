/**
 * Whom a segment leaves out because of other documents: the members of segments that are excluded everywhere, and of those that come before it
 * in a priority list. They are added to its own `exclude`, so that everything behind this file knows one list. Pure.
 */
import type { SegmentDefinition } from './definition.ts';
import type { PriorityDefinition } from './priority.ts';
import { referencesOf } from './references.ts';

type Segments = ReadonlyMap<string, SegmentDefinition>;

/**
 * Adds what other documents exclude; done twice it changes nothing.
 * @param segments all there are, as they are written.
 * @param unreadable ids of segments that are excluded everywhere and cannot be used: whoever needs them is refused, so that nobody is reached by
 * mistake.
 */
export function exclusionsFrom(
  segments: Segments,
  lists: readonly PriorityDefinition[],
  unreadable: readonly string[] = [],
): (definition: SegmentDefinition) => SegmentDefinition {
  const exempt = exemptFrom(segments, lists);
  return (definition) => {
    const { id, entity, exclude = [] } = definition;
    const everywhere = exempt.has(id) || definition.excluded_everywhere ? [] : [...excludedEverywhere(segments, entity), ...unreadable];
    const all = [...new Set([...exclude, ...before(id, lists), ...everywhere])];
    return all.length === 0 ? definition : { ...definition, exclude: all };
  };
}

/** Ids of the segments whose members every other segment of the entity leaves out. */
export const excludedEverywhere = (segments: Segments, entity: string): string[] =>
  [...segments.values()].filter((one) => one.excluded_everywhere && one.entity === entity).map(({ id }) => id);

/** Ids of the segments that come before this one in a list. */
const before = (id: string, lists: readonly PriorityDefinition[]): string[] =>
  lists.flatMap(({ segments }) => segments.slice(0, Math.max(segments.indexOf(id), 0)));

/**
 * Segments that are excluded everywhere leave nobody out because of each other, and neither do those that they are made from: each would
 * depend on itself.
 */
function exemptFrom(segments: Segments, lists: readonly PriorityDefinition[]): ReadonlySet<string> {
  const waiting = [...segments.values()].filter((one) => one.excluded_everywhere).map(({ id }) => id);
  const exempt = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const definition = segments.get(next);
    if (exempt.has(next) || !definition) continue;
    exempt.add(next);
    waiting.push(...referencesOf(definition).map(({ segment }) => segment), ...before(next, lists));
  }
  return exempt;
}
