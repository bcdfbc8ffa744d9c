/** What an edit of a segment would change: who would enter and leave beside the published members, and because of which condition. */
import * as z from 'zod';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { formatPath } from '../documents/problem.ts';
import { qualified, quoteIdentifier } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { CheckedNode } from './checked.ts';
import { compileSegment } from './compile.ts';
import { Parameters, subquery } from './compile-parameters.ts';
import { compileStanding } from './compile-standing.ts';
import type { SyncEffect } from './dependents.ts';
import type { SegmentDeps } from './deps.ts';
import type { Sentences } from './describe.ts';
import { readDefinition } from './document.ts';
import { requirementsOf } from './ladder.ts';
import { modifiersOf } from './modifiers.ts';
import { askPrepared, type PreparedSegment, prepareSegment, type SegmentTarget } from './prepare.ts';
import type { SegmentComparison } from './schema.ts';
import type { Language } from './sentences/language.ts';
import { readPublishedDefinition } from './versions.ts';

/** What each member satisfies: the conditions that `all` joins at the top, or the whole; and what stands on the whole. */
interface Requirement {
  /** SQL of whether a row of the alias does not satisfy it. */
  readonly fails: (alias: string) => string;
  readonly path: string;
  readonly sentence: string;
}

/**
 * Members as published now beside the members that `target` would have now. A member enters `by_edit` when the published definition would
 * not have it today either, and `by_data` when it would: then a publication without the edit would bring it too.
 *
 * @param sampleSize how many entering and leaving members to show, each with the conditions that decide.
 * @throws CdpError of this room.
 */
export async function compareSegment(
  deps: SegmentDeps,
  target: SegmentTarget,
  {
    sampleSize = 10,
    language,
    signal,
  }: { readonly sampleSize?: number; readonly language?: Language | undefined; readonly signal?: AbortSignal } = {},
): Promise<SegmentComparison> {
  const edited = await prepareSegment(deps, target);
  const { entity, definition } = edited.segment;
  const published = await preparePublished(deps, edited);

  const parameters = new Parameters();
  const after = compileStanding(edited.segment, edited.context, { parameters });
  const before = published && compileStanding(published.segment, published.context, { parameters });
  const requiredAfter = namedRequirements(edited, edited.sentences(language), after.columns);
  const requiredBefore = published && before ? namedRequirements(published, published.sentences(language), before.columns) : [];

  const key = quoteIdentifier(entity.key);
  const { kept, stored } = keyTypeOf(entity);
  const isMember = `${kept(`after.${key}`)} in (
    select ${stored}
    from ${qualified(edited.context.members)}
    where segment_id = {current_segment:String}
      and version = {current_version:UInt64}
)`;
  const failing = (alias: string, required: readonly Requirement[]) => `[${required.map(({ fails }) => fails(alias)).join(', ')}]`;
  const rows = `select
    after.${key} as member,
    toBool(after.standing = 'member') as is_found,
    ${isMember} as is_member,
    ${before ? "toBool(before.standing = 'member')" : 'false'} as was_found,
    ${failing('after', requiredAfter)}::Array(Bool) as kept_out_after,
    ${failing('before', requiredBefore)}::Array(Bool) as kept_out_before
from ${subquery(after.sql)} as after${before ? `\ninner join ${subquery(before.sql)} as before on before.${key} = after.${key}` : ''}`;
  const compiled = {
    params: {
      ...parameters.toObject(),
      current_segment: definition.id,
      current_version: edited.published ?? '0',
      sample_size: sampleSize,
    },
    settings: after.settings,
  };

  const [counts] = await askPrepared(deps, edited, defineCounts(rows), compiled, signal);
  const sample = sampleSize === 0 ? [] : await askPrepared(deps, edited, defineSample(rows), compiled, signal);
  const members = compileSegment(edited.segment, edited.context);
  const syncs = (await deps.dependents?.effectsOf(definition.id, entity, members, signal)) ?? [];
  const named = (required: readonly Requirement[], isKeptOut: readonly boolean[]) =>
    required.filter((_, index) => isKeptOut[index]).map(({ path, sentence }) => ({ path, sentence }));
  const counted = (required: readonly Requirement[], numbers: readonly number[] | undefined) =>
    required.map(({ path, sentence }, index) => ({ path, sentence, members: numbers?.[index] ?? 0 }));
  return {
    segment_id: definition.id,
    entity: entity.name,
    published_version: edited.published ?? null,
    entering: counts?.entering ?? 0,
    entering_by_data: counts?.entering_by_data ?? 0,
    leaving: counts?.leaving ?? 0,
    staying: counts?.staying ?? 0,
    kept_out_before: counted(requiredBefore, counts?.kept_out_before),
    kept_out_after: counted(requiredAfter, counts?.kept_out_after),
    sample: sample.map(({ member_id, is_entering: isEntering, kept_out_after, kept_out_before }) => ({
      member_id,
      change: isEntering ? ('enters' as const) : ('leaves' as const),
      because: isEntering ? named(requiredBefore, kept_out_before) : named(requiredAfter, kept_out_after),
    })),
    syncs: [...syncs],
    warnings: [...edited.warnings.map(({ message }) => message), ...syncs.flatMap(warnOfGuard)],
  };
}

const warnOfGuard = ({ sync_id: sync, counts }: SyncEffect): string[] =>
  counts === null || counts.guard.verdict === 'send'
    ? []
    : [`Size guard of the sync ${sync}, once this is published: ${counts.guard.message}`];

/** The published definition as it stands today; undefined where none was published, or where it cannot be used any more. */
async function preparePublished(deps: SegmentDeps, edited: PreparedSegment): Promise<PreparedSegment | undefined> {
  if (edited.published === undefined) return undefined;
  const text = await readPublishedDefinition(deps, edited.segment.definition.id, edited.published);
  const read = text === undefined ? undefined : readDefinition(JSON.parse(text));
  if (!read?.ok || read.definition.entity !== edited.segment.entity.name) return undefined;
  return prepareSegment(deps, { definition: read.definition }).catch(() => undefined);
}

function namedRequirements(
  { segment }: PreparedSegment,
  sentences: Sentences,
  columns: readonly { readonly column: string; readonly node: CheckedNode }[],
): Requirement[] {
  const required = new Set(requirementsOf(segment.root));
  const conditions = columns
    .filter(({ node }) => required.has(node))
    .map(({ column, node }) => ({
      fails: (alias: string) => `not ${alias}.${column}`,
      path: formatPath(node.path),
      sentence: sentences.of(node),
    }));
  const modifiers = modifiersOf(segment).map((name) => ({
    fails: (alias: string) => `${alias}.standing = '${name}'`,
    path: name,
    sentence: sentences.ofModifier(name),
  }));
  return [...conditions, ...modifiers];
}

const count = z.coerce.number();

const defineCounts = (rows: string) =>
  defineQuery({
    name: 'segments.compare',
    sql: `select
    countIf(is_found and not is_member) as entering,
    countIf(is_found and not is_member and was_found) as entering_by_data,
    countIf(is_member and not is_found) as leaving,
    countIf(is_member and is_found) as staying,
    sumForEachIf(kept_out_before, is_found and not is_member) as kept_out_before,
    sumForEachIf(kept_out_after, is_member and not is_found) as kept_out_after
from ${subquery(rows)}`,
    params: z.looseObject({}),
    row: z.object({
      entering: count,
      entering_by_data: count,
      leaving: count,
      staying: count,
      kept_out_before: z.array(count),
      kept_out_after: z.array(count),
    }),
  });

/** As many of the entering as of the leaving. */
const defineSample = (rows: string) =>
  defineQuery({
    name: 'segments.compare_sample',
    sql: `select
    toString(member) as member_id,
    is_found as is_entering,
    kept_out_before,
    kept_out_after
from ${subquery(rows)}
where is_found != is_member
order by is_entering desc, member
limit {sample_size:UInt32} by is_entering`,
    params: z.looseObject({}),
    row: z.object({
      member_id: z.string(),
      is_entering: z.boolean(),
      kept_out_before: z.array(z.boolean()),
      kept_out_after: z.array(z.boolean()),
    }),
  });
