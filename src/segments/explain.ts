/** Why one entity is a member of a segment, or is not: each condition, whether it holds, and the values that decide it. */
import * as z from 'zod';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { masked } from '../documents/mask.ts';
import { formatPath } from '../documents/problem.ts';
import { innerType } from '../sql/column-type.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import { isOfNow } from './as-of.ts';
import { becauseOf } from './because.ts';
import type { CheckedNode } from './checked.ts';
import { clockOf } from './compile.ts';
import { type Parameters, subquery } from './compile-parameters.ts';
import { compileStanding } from './compile-standing.ts';
import { decidingValues } from './compile-values.ts';
import { DECIDING_ROWS, type Deciding, readDecidingRows } from './deciding-rows.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { memberSince } from './memberships.ts';
import { modifiersOf, STANDINGS } from './modifiers.ts';
import { tight } from './predicate.ts';
import { askPrepared, prepareSegment, type SegmentTarget } from './prepare.ts';
import type { SegmentExplanation } from './schema.ts';
import type { Language } from './sentences/language.ts';

export interface ExplainOptions {
  /** A date, or a moment with its offset, in the past. The present when left out. */
  readonly asOf?: string | undefined;
  readonly isUnmasked?: boolean;
  /** Rows to show of each condition that events or related rows decide. */
  readonly rows?: number;
  /** Of the sentences. */
  readonly language?: Language | undefined;
  readonly signal?: AbortSignal;
}

/**
 * @param member key of the segment's entity, as text.
 * @throws CdpError of this room; `segments.not_an_entity` when no row has this key.
 */
export async function explainMember(
  deps: SegmentDeps,
  target: SegmentTarget,
  member: string,
  { asOf, isUnmasked = false, rows: limit = DECIDING_ROWS, language, signal }: ExplainOptions = {},
): Promise<SegmentExplanation> {
  const prepared = await prepareSegment(deps, target, { asOf });
  const { segment, context } = prepared;
  const sentences = prepared.sentences(language);
  const { entity, definition } = segment;
  const { kept } = keyTypeOf(entity);
  const type = innerType(entity.keyType);
  const isText = type === 'String';
  // A key of another type is read without throwing: what is no such key is nobody's.
  const keys = (key: string, parameters: Parameters) =>
    isText
      ? tight(`${key} = ${parameters.add('String', member)}`)
      : tight(`${key} = accurateCastOrNull(${parameters.add('String', member)}, ${parameters.add('String', type)})`);
  const compiled = compileStanding(segment, context, { hasValues: true, keys });
  const list = (letter: string) => `[${compiled.columns.map((_, index) => `${letter}${index}`).join(', ')}]`;
  const query = defineQuery({
    name: 'segments.explain',
    sql: `select\n    toString(${kept(quoteIdentifier(entity.key))}) as member_id,\n    ${list('c')} as holds,\n    ${list('v')} as decided_by,\n    standing\nfrom ${subquery(compiled.sql)}\nlimit 1`,
    params: z.looseObject({}),
    row: z.object({
      member_id: z.string(),
      holds: z.array(z.boolean()),
      decided_by: z.array(z.array(z.string().nullable())),
      standing: z.enum(STANDINGS),
    }),
  });
  const { published } = prepared;
  const nodes = compiled.columns.map(({ node }) => node);
  const [[row], deciding] = await Promise.all([
    askPrepared(deps, prepared, query, compiled, signal),
    readDecidingRows(deps, prepared, { keys, limit, isUnmasked, signal }, nodes),
  ]);
  if (row === undefined) throw errors.not_an_entity(`No ${entity.name} has this key`, { context: { entity: entity.name } });
  const { asOfMs, timezone } = clockOf(segment, context);
  // `007` is the key 7, and a UUID may be written in capitals: the members are stored by the key's own text.
  const asked = { segment: definition.id, version: published ?? '0', memberId: row.member_id };
  const since = published === undefined ? undefined : await memberSince(deps, entity, asked);
  return {
    segment_id: definition.id,
    title: definition.title,
    entity: entity.name,
    member_id: row.member_id,
    as_of: new Date(asOfMs).toISOString(),
    timezone,
    holds: row.standing === 'member',
    modifiers: modifiersOf(segment).map((name) => ({
      name,
      sentence: sentences.ofModifier(name),
      takes_away: row.standing === name,
    })),
    published_since: since ?? null,
    conditions: compiled.columns.map(({ path, node }, index) => ({
      path: formatPath(path),
      sentence: sentences.of(node),
      holds: row.holds[index] ?? false,
      is_of_now: isOfNow(node),
      values: (row.decided_by[index] ?? []).map((value, place) => {
        const { name, isPersonal } = decidingValues(node)[place] ?? { name: 'value', isPersonal: true };
        return { name, value: isPersonal && !isUnmasked ? (masked(value) as string | null) : value };
      }),
      ...rowsShown(node, deciding?.get(node)),
    })),
    warnings: [
      ...prepared.warnings.map(({ message }) => message),
      ...(deciding === undefined ? ['the rows that decide cost more to read than one query may: they are left out'] : []),
    ],
  };
}

const rowsShown = ({ kind }: CheckedNode, deciding: Deciding | undefined) =>
  deciding === undefined
    ? { because: null, rows: [], has_more_rows: false }
    : { because: becauseOf(kind, deciding.rows, deciding.hasMore), rows: [...deciding.rows], has_more_rows: deciding.hasMore };
