/** How large a segment would have been at past moments, and what its members did next: its conditions asked once for each. */
import * as z from 'zod';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { formatPath } from '../documents/problem.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import { isOfNow } from './as-of.ts';
import type { CheckedSegment } from './checked.ts';
import { clockOf, compileSegment, membersSql, SETTINGS } from './compile.ts';
import { Parameters, subquery } from './compile-parameters.ts';
import { allLeavesOf } from './compile-source.ts';
import { rowsOf } from './compile-tables.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { type Outcome, type OutcomeAsked, prepareOutcome } from './outcome.ts';
import { askPrepared, type PreparedSegment, prepareSegment, type SegmentTarget } from './prepare.ts';
import type { SegmentBacktest } from './schema.ts';

export const MAX_WEEKS = 104;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

type Size = SegmentBacktest['sizes'][number];

export interface BacktestOptions {
  /** 1 to 104. */
  readonly weeks: number;
  /** What to count of the members, and of everybody else, in the days after each moment. */
  readonly outcome?: OutcomeAsked | undefined;
  readonly signal?: AbortSignal;
  readonly onSize?: (done: number) => void;
}

/**
 * One size a week, the oldest first; the last is of the segment's own moment. An outcome is told of the weeks whose days have passed.
 *
 * @throws CdpError of this room.
 */
export async function backtestSegment(
  deps: SegmentDeps,
  target: SegmentTarget,
  { weeks, outcome: asked, signal, onSize }: BacktestOptions,
): Promise<SegmentBacktest> {
  if (!Number.isInteger(weeks) || weeks < 1 || weeks > MAX_WEEKS) throw errors.usage(`Give 1 to ${MAX_WEEKS} weeks, not ${weeks}.`);
  const prepared = await prepareSegment(deps, target);
  const { segment, context } = prepared;
  const outcome = asked === undefined ? undefined : await prepareOutcome(deps, segment.definition, asked);
  const { asOfMs, timezone } = clockOf(segment, context);
  const sizes: Size[] = [];
  // One after the other: a back-test must not take the warehouse away from others.
  for (let ago = weeks; ago >= 0; ago -= 1) {
    const thenMs = asOfMs - ago * WEEK_MS;
    const isJudged = outcome !== undefined && thenMs + outcome.days * DAY_MS <= context.now.getTime();
    const then = isJudged
      ? await askOutcome(deps, prepared, outcome, { thenMs, signal })
      : { members: await askSize(deps, prepared, thenMs, signal), outcome: null };
    sizes.push({ as_of: new Date(thenMs).toISOString(), ...then });
    onSize?.(sizes.length);
  }
  return {
    segment_id: segment.definition.id,
    entity: segment.entity.name,
    timezone,
    outcome: outcome === undefined ? null : { sentence: outcome.sentence, days: outcome.days },
    sizes,
    not_moved: allLeavesOf(segment.root)
      .filter(isOfNow)
      .map(({ path }) => formatPath(path)),
  };
}

const count = z.coerce.number();

async function askSize(deps: SegmentDeps, prepared: PreparedSegment, thenMs: number, signal: AbortSignal | undefined): Promise<number> {
  const compiled = compileSegment(at(prepared.segment, thenMs), prepared.context);
  const query = defineQuery({
    name: 'segments.backtest',
    sql: `select count() as members from ${subquery(compiled.sql)}`,
    params: z.looseObject({}),
    row: z.object({ members: count }),
  });
  const [row] = await askPrepared(deps, prepared, query, compiled, signal);
  return row?.members ?? 0;
}

/** Members at `thenMs`, and who of them, and of all other entities, met the outcome by the end of its days. */
async function askOutcome(
  deps: SegmentDeps,
  prepared: PreparedSegment,
  { prepared: after, days }: Outcome,
  { thenMs, signal }: { readonly thenMs: number; readonly signal: AbortSignal | undefined },
): Promise<Omit<Size, 'as_of'>> {
  const { entity } = prepared.segment;
  const parameters = new Parameters();
  const members = membersSql(at(prepared.segment, thenMs), prepared.context, 'members', parameters);
  const met = membersSql(at(after.segment, thenMs + days * DAY_MS), after.context, 'members', parameters);
  const key = `t0.${quoteIdentifier(entity.key)}`;
  const hasKey = keyTypeOf(entity).hasKey(key);
  const query = defineQuery({
    name: 'segments.backtest_outcome',
    sql: `
      select
          countIf(is_member) as members,
          countIf(not is_member) as others,
          countIf(is_member and is_met) as members_met,
          countIf(not is_member and is_met) as others_met
      from
      (
          select
              ${key} in ${subquery(members)} as is_member,
              ${key} in ${subquery(met)} as is_met
          from ${rowsOf(entity, entity.table, [])} as t0
          ${hasKey === undefined ? '' : `where ${hasKey}`}
      )`,
    params: z.looseObject({}),
    row: z.object({ members: count, others: count, members_met: count, others_met: count }),
  });
  const [row] = await askPrepared(deps, prepared, query, { params: parameters.toObject(), settings: SETTINGS }, signal);
  const { members: inside = 0, others = 0, members_met: insideMet = 0, others_met: othersMet = 0 } = row ?? {};
  const share = (some: number, all: number) => (all === 0 ? null : some / all);
  return {
    members: inside,
    outcome: {
      members_met: insideMet,
      members_share: share(insideMet, inside),
      others,
      others_met: othersMet,
      others_share: share(othersMet, others),
    },
  };
}

const at = (segment: CheckedSegment, ms: number): CheckedSegment => ({
  ...segment,
  definition: { ...segment.definition, as_of: new Date(ms).toISOString() },
});
