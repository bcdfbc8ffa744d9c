/** How many members a segment has now, and how many of them its syncs can send: exactly, or from a sample of the entities. */
import * as z from 'zod';
import { keyTypeOf } from '../catalogue/key-type.ts';
import type { Problem } from '../documents/problem.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import { compileSegment } from './compile.ts';
import { subquery } from './compile-parameters.ts';
import { compileStanding } from './compile-standing.ts';
import { rowsOf } from './compile-tables.ts';
import type { SegmentDeps } from './deps.ts';
import { askDestinations } from './destination-counts.ts';
import { divisorFor, type KeySpread, marginOf, needsEverybody, sampleOf } from './estimate.ts';
import { modifiersOf } from './modifiers.ts';
import { askPrepared, type PreparedSegment, prepareSegment, type SegmentTarget } from './prepare.ts';
import type { SegmentSize as SizeReply } from './schema.ts';

/** With the places of its warnings. */
export type SegmentSize = Omit<SizeReply, 'warnings'> & { readonly warnings: readonly Problem[] };

export interface SizeOptions {
  /** A quick answer from a sample. Of a small entity, and of a segment with a limit, it is exact all the same. */
  readonly isEstimate?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** @throws CdpError of this room. */
export async function segmentSize(deps: SegmentDeps, target: SegmentTarget, options: SizeOptions = {}): Promise<SegmentSize> {
  const prepared = await prepareSegment(deps, target);
  const { segment, context, warnings } = prepared;
  const share = await chooseShare(deps, prepared, options);
  const modifiers = modifiersOf(segment);
  // What each modifier takes away needs a row for everybody; so does a sample, which the conditions must know of. A set is read in less time.
  const asRows = modifiers.length > 0 || share.divisor > 1;
  const compiled = asRows ? compileStanding(segment, context, share.options) : compileSegment(segment, context);
  const destinations = await askDestinations(deps, segment, (key) => share.isWanted(key).sql);
  const isMember = asRows ? "standing = 'member'" : 'true';
  const query = defineQuery({
    name: 'segments.size',
    sql: `
      select
          count() as looked_at,
          countIf(${isMember}) as members,
          [${modifiers.map((name) => `countIf(standing = '${name}')`).join(', ')}]::Array(UInt64) as taken_away,
          ${destinations.counts(isMember)} as destinations
      from ${subquery(compiled.sql)} as whole
      ${destinations.joins}
    `,
    params: z.looseObject({}),
    row: z.object({
      looked_at: z.coerce.number(),
      members: z.coerce.number(),
      taken_away: z.array(z.coerce.number()),
      destinations: z.array(z.array(z.coerce.number())),
    }),
  });
  const params = { ...compiled.params, ...destinations.params };
  const [row] = await askPrepared(deps, { segment, context }, query, { ...compiled, params }, options.signal);
  const { looked_at: lookedAt = 0, members = 0, taken_away: takenAway = [], destinations: counts = [] } = row ?? {};
  const whole = share.ofWhole(lookedAt, members);
  return {
    segment_id: segment.definition.id,
    members: whole.scale(members),
    is_exact: whole.sample === null,
    sample: whole.sample,
    ladder: ladderOf(modifiers, takenAway, members).map(({ step, members: left }) => ({ step, members: whole.scale(left) })),
    destinations: destinations.present(counts, whole.scale),
    warnings,
  };
}

/** What is left after the conditions and after each modifier; the last is the members. */
export function ladderOf(modifiers: ReturnType<typeof modifiersOf>, takenAway: readonly number[], members: number) {
  let left = members + takenAway.reduce((sum, count) => sum + count, 0);
  const matched = { step: 'matched' as const, members: left };
  return [
    matched,
    ...modifiers.map((step, index) => {
      left -= takenAway[index] ?? 0;
      return { step, members: left };
    }),
  ];
}

/** Which part of the entities a question looks at, and what its counts say of all. */
export async function chooseShare(deps: SegmentDeps, prepared: PreparedSegment, { isEstimate = false, signal }: SizeOptions) {
  const isWhole = !isEstimate || needsEverybody(prepared.segment);
  const spread = isWhole ? { people: 0 } : await readSpread(deps, prepared, signal);
  const { people } = spread;
  const divisor = isWhole ? 1 : divisorFor(people);
  const isWanted = sampleOf(spread, divisor);
  return {
    divisor,
    isWanted,
    options: divisor === 1 ? {} : { keys: isWanted },
    /** @param lookedAt entities of the sample. */
    ofWhole(lookedAt: number, members: number) {
      if (divisor === 1) return { scale: (count: number) => count, sample: null };
      const scale = (count: number) => (lookedAt === 0 ? 0 : Math.round((count * people) / lookedAt));
      return { scale, sample: { share: 1 / divisor, people: lookedAt, margin: marginOf(members, lookedAt, people) } };
    },
  };
}

async function readSpread(deps: SegmentDeps, prepared: PreparedSegment, signal: AbortSignal | undefined): Promise<KeySpread> {
  const { entity } = prepared.segment;
  const key = `t0.${quoteIdentifier(entity.key)}`;
  const keyType = keyTypeOf(entity);
  const hasKey = keyType.hasKey(key);
  const isUuid = keyType.column === 'member_uuid';
  const half = isUuid ? `toUInt64(bitAnd(toUInt128(assumeNotNull(${key})), toUInt128(18446744073709551615)))` : '0';
  const query = defineQuery({
    name: 'segments.people',
    sql: `
      select
          count() as people,
          toFloat64(min(${half})) as least,
          toFloat64(max(${half})) as greatest,
          quantiles(0.25, 0.5, 0.75)(${half}) as quartiles
      from ${rowsOf(entity, entity.table, [])} as t0
      ${hasKey === undefined ? '' : `where ${hasKey}`}
    `,
    params: z.object({}),
    row: z.object({ people: number, least: number, greatest: number, quartiles: z.array(number.catch(0)) }),
  });
  const [row] = await askPrepared(deps, prepared, query, { params: {}, settings: {} }, signal);
  if (row === undefined) return { people: 0 };
  const { people, ...halves } = row;
  return isUuid ? { people, halves } : { people };
}

const number = z.coerce.number();
