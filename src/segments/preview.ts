/**
 * Shows a segment without publishing it: its SQL, its size, how many entities each condition holds for, who would enter and leave, and a
 * few members.
 */
import * as z from 'zod';
import type { Entity, Trait } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { sampleEvents, sampleTraits } from '../catalogue/sample.ts';
import { masked } from '../documents/mask.ts';
import { formatPath, type Problem } from '../documents/problem.ts';
import { distinctTables, isSameTable, qualified, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import { acceptSegment } from './accept.ts';
import { isOfNow } from './as-of.ts';
import type { CheckedSegment } from './checked.ts';
import { type CompileContext, type Compiled, clockOf, compileSegment } from './compile.ts';
import { compileConditions } from './compile-conditions.ts';
import { subquery } from './compile-parameters.ts';
import { joinedRowsOf, rowsOf, traitsAsked } from './compile-tables.ts';
import { traitAsIs } from './compile-trait.ts';
import { explainCost } from './cost.ts';
import { costComment } from './cost-comment.ts';
import type { SegmentDefinition } from './definition.ts';
import { type Definitions, findDefinition, invalid, readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { sentenceOf } from './describe.ts';
import { problemsOfKeyType, warnOfKeyless } from './keyless.ts';
import { contextOf } from './publish.ts';
import type { SegmentPreview as PreviewReply } from './schema.ts';
import { readCurrentVersions } from './versions.ts';

/** An applied segment, or a draft. */
export type PreviewTarget =
  | { readonly id: string }
  | { readonly definition: SegmentDefinition; readonly locate?: (problems: readonly Problem[]) => Problem[]; readonly file?: string };

interface Prepared {
  readonly segment: CheckedSegment;
  readonly context: CompileContext;
  readonly warnings: readonly Problem[];
  /** The published version; undefined when there is none. */
  readonly published: string | undefined;
  /** Title of a segment. */
  readonly titleOf: (segment: string) => string;
}

/** With the places of its warnings. */
export type SegmentPreview = Omit<PreviewReply, 'warnings'> & { readonly warnings: readonly Problem[] };

/** The SQL and parameters that find the members now. @throws CdpError of this room. */
export async function segmentSql(deps: SegmentDeps, target: PreviewTarget): Promise<Compiled & { readonly warnings: readonly Problem[] }> {
  const { segment, context, warnings } = await prepare(deps, target);
  return { ...compileSegment(segment, context), warnings };
}

/** How many members it has now. */
export async function segmentSize(
  deps: SegmentDeps,
  target: PreviewTarget,
  signal?: AbortSignal,
): Promise<{ readonly members: number; readonly warnings: readonly Problem[] }> {
  const { segment, context, warnings } = await prepare(deps, target);
  const compiled = compileSegment(segment, context);
  const query = defineQuery({
    name: 'segments.size',
    sql: `select count() as members from ${subquery(compiled.sql)}`,
    params: z.looseObject({}),
    row: z.object({ members: z.coerce.number() }),
  });
  const [row] = await ask(deps, segment, context, query, compiled, signal);
  return { members: row?.members ?? 0, warnings };
}

/** `isUnmasked` shows personal data of the sampled members unmasked. */
export async function previewSegment(
  deps: SegmentDeps,
  target: PreviewTarget,
  options: { readonly sampleSize?: number; readonly isUnmasked?: boolean; readonly signal?: AbortSignal } = {},
): Promise<SegmentPreview> {
  const { segment, context, warnings, published, titleOf } = await prepare(deps, target);
  const { asOfMs, timezone } = clockOf(segment, context);
  const compiled = compileConditions(segment, context);
  const key = quoteIdentifier(segment.entity.key);
  const { kept, stored } = keyTypeOf(segment.entity);
  const current = `${kept(key)} in (\n    select ${stored}\n    from ${qualified(context.members)}\n    where segment_id = {current_segment:String}\n      and version = {current_version:UInt64}\n)`;
  const counts = compiled.columns.map(({ column }) => `countIf(${column}) as ${column}_people`);
  const query = defineQuery({
    name: 'segments.preview',
    sql: `select\n    count() as people,\n    countIf(c0 and not is_member) as entering,\n    countIf(is_member and not c0) as leaving,\n    [${counts.map((count) => count.split(' as ')[0]).join(', ')}] as conditions\nfrom (select *, ${current} as is_member from ${subquery(compiled.sql)})`,
    params: z.looseObject({}),
    row: z.object({
      people: z.coerce.number(),
      entering: z.coerce.number(),
      leaving: z.coerce.number(),
      conditions: z.array(z.coerce.number()),
    }),
  });
  const params = { ...compiled.params, current_segment: segment.definition.id, current_version: published ?? '0' };
  const [row] = await ask(deps, segment, context, query, { ...compiled, params }, options.signal);
  return {
    segment_id: segment.definition.id,
    title: segment.definition.title,
    entity: segment.entity.name,
    as_of: new Date(asOfMs).toISOString(),
    timezone,
    members: row?.conditions[0] ?? 0,
    people: row?.people ?? 0,
    entering: row?.entering ?? 0,
    leaving: row?.leaving ?? 0,
    conditions: compiled.columns.map(({ path, node }, index) => ({
      path: formatPath(path),
      sentence: sentenceOf(node, titleOf),
      people: row?.conditions[index] ?? 0,
      is_of_now: isOfNow(node),
    })),
    sample: await sample(deps, segment, context, options),
    warnings,
  };
}

async function prepare(deps: SegmentDeps, target: PreviewTarget): Promise<Prepared> {
  const definitions = await readDefinitions(deps);
  const definition = 'id' in target ? findDefinition(definitions, target.id) : target.definition;
  const catalogue = await deps.catalogue();
  const entity = catalogue.entities.get(definition.entity);
  const events = await sampledFor(deps, definition, entity);
  const openTraits = await sampledTraitsFor(deps, definition, entity);
  const now = deps.now();
  const segments = withEdited(definitions, definition);
  const checked = await acceptSegment(deps.warehouse, definition, {
    catalogue,
    segments,
    now: { at: now, timezone: deps.timezone },
    ...(events === undefined ? {} : { events }),
    ...(openTraits === undefined ? {} : { openTraits }),
  });
  const locate = 'id' in target ? undefined : target.locate;
  const located = (problems: readonly Problem[]) => (locate ? locate(problems) : problems);
  if (!checked.ok) throw invalid(definition.id, located(checked.problems), 'id' in target ? undefined : target.file);
  const problems = await problemsOfKeyType(deps, checked.segment.entity);
  if (problems.length > 0) throw invalid(definition.id, located(problems), 'id' in target ? undefined : target.file);
  const versions = await readCurrentVersions(deps);
  return {
    segment: checked.segment,
    context: contextOf(deps, checked.segment, versions, now),
    warnings: located([...checked.warnings, ...(await warnOfKeyless(deps, checked.segment.entity))]),
    published: versions.get(definition.id)?.version,
    titleOf: (segment) => segments.get(segment)?.title ?? segment,
  };
}

/** The edited definition replaces the applied one, so that an edit that closes a cycle is refused before it is applied. */
const withEdited = (definitions: Definitions, definition: SegmentDefinition) =>
  new Map([...definitions.usable, [definition.id, definition]]);

/** Samples events only for a segment about events. */
async function sampledFor(deps: SegmentDeps, definition: SegmentDefinition, entity: Entity | undefined) {
  if (!entity || !JSON.stringify(definition.where).includes('"event"')) return undefined;
  // What a stream declares itself, its name and its columns, needs no sample.
  const streams = entity.streams.filter(({ event, properties }) => event.is === 'column' || properties.is === 'json');
  return sampleEvents(deps.warehouse.reader, streams);
}

/** The same for undeclared traits. */
async function sampledTraitsFor(deps: SegmentDeps, definition: SegmentDefinition, entity: Entity | undefined) {
  return entity?.openTraits && JSON.stringify(definition.where).includes(`"trait":"${entity.openTraits.column}.`)
    ? sampleTraits(deps.warehouse.reader, entity.openTraits)
    : undefined;
}

async function sample(
  deps: SegmentDeps,
  segment: CheckedSegment,
  context: CompileContext,
  { sampleSize = 5, isUnmasked = false, signal }: { sampleSize?: number; isUnmasked?: boolean; signal?: AbortSignal },
): Promise<Record<string, unknown>[]> {
  if (sampleSize === 0) return [];
  const { entity } = segment;
  const key = quoteIdentifier(entity.key);
  const traits = shownTraits(segment);
  const tables = distinctTables([entity.table, ...traits.map(({ table }) => table)]);
  const aliasOf = (table: TableName) => `t${tables.findIndex((other) => isSameTable(other, table))}`;
  const joins = tables.map((table, index) =>
    index === 0
      ? `from ${rowsOf(entity, table, traits)} as t0`
      : `left join ${joinedRowsOf(entity, table, traits)} as t${index} on t${index}.${key} = t0.${key}`,
  );
  const columns = traits.map((trait) => `${traitAsIs(trait, `${aliasOf(trait.table)}.`)} as ${quoteIdentifier(trait.name)}`);
  const members = compileSegment(segment, context);
  const query = defineQuery({
    name: 'segments.sample',
    sql: `select ${[`t0.${key} as ${key}`, ...columns].join(', ')}\n${joins.join('\n')}\nwhere t0.${key} in ${subquery(members.sql)}\norder by t0.${key}\nlimit {sample_size:UInt32}`,
    params: z.looseObject({}),
    row: z.looseObject({}),
  });
  const rows = await ask(deps, segment, context, query, { ...members, params: { ...members.params, sample_size: sampleSize } }, signal);
  const personal = new Set(traits.filter(({ isPii }) => isPii).map(({ name }) => name));
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, personal.has(name) && !isUnmasked ? masked(value) : value])),
  );
}

/** The traits that the conditions use, after those by which a person is recognised. */
function shownTraits(segment: CheckedSegment): Trait[] {
  const personal = [...segment.entity.traits.values()].filter(({ isPii }) => isPii).slice(0, 4);
  return [...new Set([...personal, ...traitsAsked(segment)])].slice(0, 10);
}

async function ask<R extends z.ZodObject>(
  deps: SegmentDeps,
  segment: CheckedSegment,
  context: CompileContext,
  query: ReturnType<typeof defineQuery<z.ZodObject, R>>,
  { params, settings }: Compiled,
  signal: AbortSignal | undefined,
): Promise<z.output<R>[]> {
  try {
    const charged = { ...settings, log_comment: costComment('preview', segment.definition.id) };
    return await deps.warehouse.reader.ask(query, params, { settings: charged, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    throw await explainCost(deps, segment, context, error);
  }
}
