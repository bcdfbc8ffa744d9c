/** Whether a new version may replace the last one without review. Pure. */
import type { SegmentDefinition } from './definition.ts';

/** With fewer members than this, a large change is normal. */
const SMALL = 100;

/** Exceptions from the definition's guard, for one publication. */
export interface Allowances {
  /** Allows far fewer members than before, but not none at all. */
  readonly allowsShrink?: boolean;
}

/**
 * A sentence about what looks wrong; undefined when nothing does. `last` is the size of the version that would be replaced, if there is
 * one.
 */
export function guardAgainst(
  guard: SegmentDefinition['guard'],
  size: number,
  last: number | undefined,
  { allowsShrink = false }: Allowances = {},
): string | undefined {
  const members = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'member' : 'members'}`;
  if (guard.min_members !== undefined && size < guard.min_members)
    return `it has ${members(size)}, guard.min_members is ${guard.min_members}`;
  if (guard.max_members !== undefined && size > guard.max_members)
    return `it has ${members(size)}, guard.max_members is ${guard.max_members}`;
  if (last === undefined || last === 0) return undefined;
  if (size === 0 && !guard.allow_empty) return `it is empty, the version before has ${members(last)}`;
  // Only allow_empty decides about an empty version.
  if (size > 0 && last >= SMALL && last - size > last * guard.max_shrink && !allowsShrink)
    return `it has ${members(size)}, ${percent((last - size) / last)} fewer than the ${members(last)} before; guard.max_shrink allows ${percent(guard.max_shrink)}. If that is right, publish it once with --allow-shrink (API: allow_shrink=true)`;
  if (size > Math.max(last, SMALL) * guard.max_growth)
    return `it has ${members(size)}, more than ${guard.max_growth} times the ${members(last)} before`;
  return undefined;
}

/** With one digit, and never rounded up to a percentage that is not reached. */
const percent = (share: number) => `${Math.floor(share * 1_000 + 1e-6) / 10} %`;
