/** Why one entity is a member of a segment, or is not: each condition, whether it holds, and the values that decide it. */
import * as z from 'zod';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { masked } from '../documents/mask.ts';
import { formatPath } from '../documents/problem.ts';
import { quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import { isOfNow } from './as-of.ts';
import { clockOf } from './compile.ts';
import { subquery } from './compile-parameters.ts';
import { compileStanding } from './compile-standing.ts';
import { decidingValues } from './compile-values.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import { readMemberships } from './memberships.ts';
import { modifiersOf, STANDINGS } from './modifiers.ts';
import { tight } from './predicate.ts';
import { askPrepared, prepareSegment, type SegmentTarget } from './prepare.ts';
import type { SegmentExplanation } from './schema.ts';
import type { Language } from './sentences/language.ts';

export interface ExplainOptions {
  /** A date, or a moment with its offset, in the past. The present when left out. */
  readonly asOf?: string | undefined;
  readonly isUnmasked?: boolean;
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
  { asOf, isUnmasked = false, language, signal }: ExplainOptions = {},
): Promise<SegmentExplanation> {
  const prepared = await prepareSegment(deps, target, { asOf });
  const { segment, context } = prepared;
  const sentences = prepared.sentences(language);
  const { entity, definition } = segment;
  const { type, kept } = keyTypeOf(entity);
  const isText = type === 'String';
  const compiled = compileStanding(segment, context, {
    hasValues: true,
    // A key of another type is read without throwing: what is no such key is nobody's.
    keys: (key, parameters) =>
      isText
        ? tight(`${key} = ${parameters.add('String', member)}`)
        : tight(`${key} = accurateCastOrNull(${parameters.add('String', member)}, ${parameters.add('String', type)})`),
  });
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
  const [[row], { segments }] = await Promise.all([
    askPrepared(deps, prepared, query, compiled, signal),
    readMemberships(deps, entity.name, member),
  ]);
  if (row === undefined) throw errors.not_an_entity(`No ${entity.name} has this key`, { context: { entity: entity.name } });
  const { asOfMs, timezone } = clockOf(segment, context);
  const published = segments.find(({ segment_id: id }) => id === definition.id);
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
    published_since: published?.entered_at ?? null,
    conditions: compiled.columns.map(({ path, node }, index) => ({
      path: formatPath(path),
      sentence: sentences.of(node),
      holds: row.holds[index] ?? false,
      is_of_now: isOfNow(node),
      values: (row.decided_by[index] ?? []).map((value, place) => {
        const { name, isPersonal } = decidingValues(node)[place] ?? { name: 'value', isPersonal: true };
        return { name, value: isPersonal && !isUnmasked ? (masked(value) as string | null) : value };
      }),
    })),
    warnings: prepared.warnings.map(({ message }) => message),
  };
}
