/** Whether a new version may replace the last one unseen. Pure. */
import type { SegmentDefinition } from './definition.ts';

/** Below this many members a doubling is no sign of anything. */
const SMALL = 100;

/** What looks wrong, as one sentence; undefined when nothing does. `last` is the size of the version it would replace, if there is one. */
export function guardAgainst(guard: SegmentDefinition['guard'], size: number, last: number | undefined): string | undefined {
  const members = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'member' : 'members'}`;
  if (guard.min_members !== undefined && size < guard.min_members)
    return `it has ${members(size)}, guard.min_members is ${guard.min_members}`;
  if (guard.max_members !== undefined && size > guard.max_members)
    return `it has ${members(size)}, guard.max_members is ${guard.max_members}`;
  if (last === undefined || last === 0) return undefined;
  if (size === 0 && !guard.allow_empty) return `it is empty, the version before has ${members(last)}`;
  if (size > Math.max(last, SMALL) * guard.max_growth)
    return `it has ${members(size)}, more than ${guard.max_growth} times the ${members(last)} before`;
  return undefined;
}
