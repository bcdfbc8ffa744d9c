/** How large a segment would have been at past moments: its conditions asked once for each. */
import * as z from 'zod';
import { formatPath } from '../documents/problem.ts';
import { defineQuery } from '../warehouse/query.ts';
import { isOfNow } from './as-of.ts';
import { clockOf, compileSegment } from './compile.ts';
import { subquery } from './compile-parameters.ts';
import { allLeavesOf } from './compile-source.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { askPrepared, prepareSegment, type SegmentTarget } from './prepare.ts';
import type { SegmentBacktest } from './schema.ts';

export const MAX_WEEKS = 104;
const WEEK_MS = 7 * 86_400_000;

/**
 * One size a week, the oldest first; the last is of the segment's own moment.
 *
 * @param weeks 1 to 104.
 * @throws CdpError of this room.
 */
export async function backtestSegment(
  deps: SegmentDeps,
  target: SegmentTarget,
  { weeks, signal, onSize }: { readonly weeks: number; readonly signal?: AbortSignal; readonly onSize?: (done: number) => void },
): Promise<SegmentBacktest> {
  if (!Number.isInteger(weeks) || weeks < 1 || weeks > MAX_WEEKS) throw errors.usage(`Give 1 to ${MAX_WEEKS} weeks, not ${weeks}.`);
  const prepared = await prepareSegment(deps, target);
  const { segment, context } = prepared;
  const { asOfMs, timezone } = clockOf(segment, context);
  const sizes: { as_of: string; members: number }[] = [];
  // One after the other: a back-test must not take the warehouse away from others.
  for (let ago = weeks; ago >= 0; ago -= 1) {
    const asOf = new Date(asOfMs - ago * WEEK_MS).toISOString();
    const then = { ...segment, definition: { ...segment.definition, as_of: asOf } };
    const compiled = compileSegment(then, context);
    const query = defineQuery({
      name: 'segments.backtest',
      sql: `select count() as members from ${subquery(compiled.sql)}`,
      params: z.looseObject({}),
      row: z.object({ members: z.coerce.number() }),
    });
    const [row] = await askPrepared(deps, prepared, query, compiled, signal);
    sizes.push({ as_of: asOf, members: row?.members ?? 0 });
    onSize?.(sizes.length);
  }
  return {
    segment_id: segment.definition.id,
    entity: segment.entity.name,
    timezone,
    sizes,
    not_moved: allLeavesOf(segment.root)
      .filter(isOfNow)
      .map(({ path }) => formatPath(path)),
  };
}
