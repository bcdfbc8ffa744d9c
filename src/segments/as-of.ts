/**
 * What `as_of` means: events until then, and windows counted from then. It cannot bring back what a trait or the membership of another segment was
 * at the time: the warehouse holds what they are now. Pure.
 */
import { formatPath, type Problem } from '../documents/problem.ts';
import { startOfDay } from './calendar.ts';
import type { CheckedNode } from './checked.ts';
import { leavesOf } from './compile-source.ts';
import type { SegmentDefinition } from './definition.ts';

/** Nobody knows what happens until a moment that is still to come. */
export function futureAsOf(
  { as_of: asOf, timezone }: SegmentDefinition,
  now: { readonly at: Date; readonly timezone?: string } | undefined,
): Problem[] {
  if (asOf === undefined || now === undefined) return [];
  // Where the workspace's zone is not known, a date has begun when it has begun somewhere.
  const moment = momentOf(asOf, timezone ?? now.timezone ?? 'Pacific/Kiritimati');
  if (moment <= now.at.getTime()) return [];
  const message = `${asOf} lies in the future, and nobody knows what happens until then: leave as_of out for the moment of each run, or give one that has passed`;
  return [{ path: ['as_of'], message }];
}

/** Milliseconds since 1970; a date is its first moment in the zone. */
export const momentOf = (asOf: string, timezone: string) => (asOf.includes('T') ? Date.parse(asOf) : startOfDay(asOf, timezone));

/** Whether a leaf asks for what is true now, whatever `as_of` is. */
export const isOfNow = (node: CheckedNode) => node.kind === 'trait' || node.kind === 'segment';

const MAX_NAMED = 10;

export function whatAsOfLeaves({ as_of: asOf }: SegmentDefinition, root: CheckedNode): Problem[] {
  if (asOf === undefined) return [];
  const left = leavesOf(root).filter(isOfNow);
  if (left.length === 0) return [];
  const named = left.slice(0, MAX_NAMED).map((leaf) => {
    const what = leaf.kind === 'trait' ? `the trait ${leaf.trait.name}` : leaf.kind === 'segment' ? `the segment ${leaf.segment}` : '';
    return `${formatPath(leaf.path)} (${what})`;
  });
  const others = left.length > MAX_NAMED ? `${named.join(', ')} and ${left.length - MAX_NAMED} more` : named.join(', ');
  const message = `${asOf} is the end of what events are counted and the moment that windows are counted from; traits and other segments are asked as they are now: ${others}`;
  return [{ path: ['as_of'], message }];
}
