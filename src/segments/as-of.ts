/**
 * What `as_of` means: events until then, and windows counted from then. It cannot bring back the value that a trait or the membership of
 * another segment had at the time: the warehouse holds only the present ones. Pure.
 */
import { formatPath, type Problem } from '../documents/problem.ts';
import { startOfDay } from './calendar.ts';
import { type CheckedNode, isSet, type Leaf } from './checked.ts';
import type { CheckedWhole } from './checked-whole.ts';
import { allLeavesOf, traitsOfWindow } from './compile-source.ts';
import type { SegmentDefinition } from './definition.ts';

/** A moment in the future is refused: its events have not happened yet. */
export function problemsOfAsOf(
  { as_of: asOf, timezone }: SegmentDefinition,
  now: { readonly at: Date; readonly timezone?: string } | undefined,
): Problem[] {
  if (asOf === undefined || now === undefined) return [];
  // When the workspace's zone is not known, a date has begun when it has begun in any zone.
  const moment = momentOf(asOf, timezone ?? now.timezone ?? 'Pacific/Kiritimati');
  if (moment <= now.at.getTime()) return [];
  const message = `${asOf} is in the future: leave as_of out to use the moment of each run, or give a moment in the past`;
  return [{ path: ['as_of'], message }];
}

/** Milliseconds since 1970; a date is its first moment in the zone. */
export const momentOf = (asOf: string, timezone: string) => (asOf.includes('T') ? Date.parse(asOf) : startOfDay(asOf, timezone));

/** Whether a condition asks for what is true now, whatever `as_of` is. */
export const isOfNow = (node: CheckedNode) =>
  node.kind === 'trait' || isSet(node) || (node.kind === 'related' && node.during === undefined);

const MAX_NAMED = 10;

/** What a condition reads as it is now, in words. */
function presentReads(leaf: Leaf): string[] {
  switch (leaf.kind) {
    case 'trait':
      return [`the trait ${leaf.trait.name}`];
    case 'segment':
      return [`the segment ${leaf.segment}`];
    case 'sql':
      return ['a condition in SQL'];
    case 'list':
      return [`the list ${leaf.list}`];
    case 'audience':
      return [`the audience ${leaf.audience.name}`];
    case 'sequence':
      return [];
    case 'related':
      return leaf.during === undefined
        ? [`the rows of ${leaf.way.map(({ name }) => name).join('.')}, of any time`]
        : traitsOfWindow(leaf.during.window).map(({ name }) => `the trait ${name}`);
    case 'event':
      return traitsOfWindow(leaf.during).map(({ name }) => `the trait ${name}`);
  }
}

/** One warning that names what is read as it is now, although `as_of` is given. */
export function warningsOfAsOf({ as_of: asOf }: SegmentDefinition, root: CheckedNode, { exclude, limit }: CheckedWhole): Problem[] {
  if (asOf === undefined) return [];
  const reads = [
    ...allLeavesOf(root).flatMap((leaf) => presentReads(leaf).map((what) => ({ path: leaf.path, what }))),
    ...exclude.map((segment, index) => ({ path: ['exclude', index], what: `the segment ${segment}` })),
    ...(limit ? [{ path: ['limit', 'by'], what: `the trait ${limit.by.name}` }] : []),
  ];
  if (reads.length === 0) return [];
  const named = reads.slice(0, MAX_NAMED).map(({ path, what }) => `${formatPath(path)} (${what})`);
  const all = reads.length > MAX_NAMED ? `${named.join(', ')} and ${reads.length - MAX_NAMED} more` : named.join(', ');
  const message = `${asOf} limits which events are counted, and windows are counted from it; traits and other segments are read as they are now: ${all}`;
  return [{ path: ['as_of'], message }];
}
