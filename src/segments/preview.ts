/**
 * Shows a segment without publishing it: its SQL, its size, how many entities each condition holds for, who would enter and leave, and a
 * few members.
 */
import * as z from 'zod';
import type { Trait } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { masked } from '../documents/mask.ts';
import { formatPath, type Problem } from '../documents/problem.ts';
import { distinctTables, isSameTable, qualified, quoteIdentifier, type TableName } from '../sql/sql-text.ts';
import { defineQuery } from '../warehouse/query.ts';
import { isOfNow } from './as-of.ts';
import type { CheckedNode, CheckedSegment } from './checked.ts';
import { traitsOfWhole } from './checked-whole.ts';
import { type Compiled, clockOf, compileSegment } from './compile.ts';
import { audienceName } from './compile-audiences.ts';
import { subquery } from './compile-parameters.ts';
import { compileStanding } from './compile-standing.ts';
import { joinedRowsOf, rowsOf, traitsAsked } from './compile-tables.ts';
import { traitAsIs } from './compile-trait.ts';
import { type DbtModel, dbtModel } from './dbt-model.ts';
import type { SegmentDeps } from './deps.ts';
import { askDestinations } from './destination-counts.ts';
import { errors } from './errors.ts';
import { soFar, without } from './ladder.ts';
import { modifiersOf } from './modifiers.ts';
import { type Predicate, tight } from './predicate.ts';
import { askPrepared, type PreparedSegment, prepareSegment, type SegmentTarget } from './prepare.ts';
import type { SegmentPreview as PreviewReply } from './schema.ts';
import type { Language } from './sentences/language.ts';
import { chooseShare, ladderOf, type SizeOptions } from './size.ts';

/** With the places of its warnings. */
export type SegmentPreview = Omit<PreviewReply, 'warnings'> & { readonly warnings: readonly Problem[] };

/** The SQL and parameters that find the members now, with what each condition says beside it. @throws CdpError of this room. */
export async function segmentSql(deps: SegmentDeps, target: SegmentTarget): Promise<Compiled & { readonly warnings: readonly Problem[] }> {
  const { segment, context, warnings, sentences } = await prepareSegment(deps, target);
  return { ...compileSegment(segment, { ...context, sentenceOf: sentences().of }), warnings };
}

/** The same as a dbt model that a project takes over. @throws CdpError of this room; `segments.no_dbt_model`. */
export async function segmentModel(
  deps: SegmentDeps,
  target: SegmentTarget,
): Promise<DbtModel & { readonly warnings: readonly Problem[] }> {
  const { segment, context, warnings, sentences } = await prepareSegment(deps, target);
  const { modelNames } = await deps.catalogue();
  const model = dbtModel(segment, {
    context: { ...context, sentenceOf: sentences().of },
    modelOf: ({ database, table }) => modelNames.get(`${database}.${table}`),
    viewOf: (id) => ({ database: deps.warehouse.databases.published, table: audienceName(id) }),
  });
  const { id } = segment.definition;
  if (typeof model === 'string') throw errors.no_dbt_model(`The segment ${id} is no dbt model: ${model}`, { context: { segment: id } });
  return { ...model, warnings };
}

/** With more conditions a preview counts each by itself only. */
const MAX_LADDER = 60;

/** `isUnmasked` shows personal data of the sampled members unmasked. */
export async function previewSegment(
  deps: SegmentDeps,
  target: SegmentTarget,
  options: SizeOptions & { readonly sampleSize?: number; readonly isUnmasked?: boolean; readonly language?: Language | undefined } = {},
): Promise<SegmentPreview> {
  const prepared = await prepareSegment(deps, target);
  const { segment, context, warnings, published, sentences } = prepared;
  const said = sentences(options.language);
  const { asOfMs, timezone } = clockOf(segment, context);
  const share = await chooseShare(deps, prepared, options);
  const compiled = compileStanding(segment, context, share.options);
  const destinations = await askDestinations(deps, segment, (one) => share.isWanted(one).sql);
  const modifiers = modifiersOf(segment);
  const key = quoteIdentifier(segment.entity.key);
  const { kept, stored } = keyTypeOf(segment.entity);
  const isMember = `
      ${kept(key)} in (
          select ${stored}
          from ${qualified(context.members)}
          where segment_id = {current_segment:String}
            and version = {current_version:UInt64}
      )`;
  const { columns } = compiled;
  const columnOf = (node: CheckedNode) => columns.find((one) => one.node === node)?.column ?? 'c0';
  const counts = columns.map(({ column }) => `countIf(${column})`);
  // The text of these grows with the square of the conditions, so a segment of very many goes without.
  const isLong = columns.length > MAX_LADDER;
  const countOf = (condition: Predicate | undefined) => (condition === undefined ? 'null' : `toNullable(countIf(${condition.sql}))`);
  const { root } = segment;
  const withouts = columns.map(({ node }) => (isLong || node === root ? 'null' : countOf(without(root, node, columnOf) ?? tight('true'))));
  const soFars = columns.map(({ node }) => (isLong ? 'null' : countOf(soFar(root, node, columnOf))));
  const query = defineQuery({
    name: 'segments.preview',
    sql: `
      select
          count() as people,
          countIf(standing = 'member') as members,
          countIf(standing = 'member' and not is_member) as entering,
          countIf(is_member and standing != 'member') as leaving,
          [${modifiers.map((name) => `countIf(standing = '${name}')`).join(', ')}]::Array(UInt64) as taken_away,
          [${counts.join(', ')}] as conditions,
          [${withouts.join(', ')}]::Array(Nullable(UInt64)) as withouts,
          [${soFars.join(', ')}]::Array(Nullable(UInt64)) as so_fars,
          ${destinations.counts("standing = 'member'")} as destinations
      from (select *, ${isMember} as is_member from ${subquery(compiled.sql)}) as whole
      ${destinations.joins}
    `,
    params: z.looseObject({}),
    row: z.object({
      people: z.coerce.number(),
      members: z.coerce.number(),
      taken_away: z.array(z.coerce.number()),
      entering: z.coerce.number(),
      leaving: z.coerce.number(),
      conditions: z.array(z.coerce.number()),
      withouts: z.array(z.coerce.number().nullable()),
      so_fars: z.array(z.coerce.number().nullable()),
      destinations: z.array(z.array(z.coerce.number())),
    }),
  });
  const params = { ...compiled.params, ...destinations.params, current_segment: segment.definition.id, current_version: published ?? '0' };
  const [row] = await askPrepared(deps, { segment, context }, query, { ...compiled, params }, options.signal);
  const members = row?.members ?? 0;
  const takenAway = row?.taken_away ?? [];
  const { scale, sample: sampled } = share.ofWhole(row?.people ?? 0, members);
  // The members that an estimate shows are of its own sample: finding all of them would take as long as counting all of them.
  const shown =
    sampled === null
      ? compileSegment(segment, context)
      : { ...compiled, sql: `select ${key} from ${subquery(compiled.sql)} where standing = 'member'` };
  const scaled = (count: number | null | undefined) => (count === null || count === undefined ? null : scale(count));
  return {
    segment_id: segment.definition.id,
    title: segment.definition.title,
    entity: segment.entity.name,
    as_of: new Date(asOfMs).toISOString(),
    timezone,
    is_exact: sampled === null,
    sampled,
    members: scale(members),
    people: scale(row?.people ?? 0),
    entering: scale(row?.entering ?? 0),
    leaving: scale(row?.leaving ?? 0),
    conditions: columns.map(({ path, node }, index) => ({
      path: formatPath(path),
      sentence: said.of(node),
      people: scale(row?.conditions[index] ?? 0),
      without: scaled(row?.withouts[index]),
      so_far: scaled(row?.so_fars[index]),
      is_of_now: isOfNow(node),
    })),
    modifiers: modifiers.map((name, index) => ({
      name,
      sentence: said.ofModifier(name),
      members: scale(takenAway[index] ?? 0),
    })),
    ladder: ladderOf(modifiers, takenAway, members).map(({ step, members: left }) => ({ step, members: scale(left) })),
    destinations: destinations.present(row?.destinations ?? [], scale),
    sample: await sample(deps, prepared, shown, options),
    warnings,
  };
}

async function sample(
  deps: SegmentDeps,
  { segment, context }: Pick<PreparedSegment, 'segment' | 'context'>,
  members: Compiled,
  { sampleSize = 5, isUnmasked = false, signal }: { sampleSize?: number; isUnmasked?: boolean; signal?: AbortSignal | undefined },
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
  const query = defineQuery({
    name: 'segments.sample',
    sql: `
      select ${[`t0.${key} as ${key}`, ...columns].join(', ')}
      ${joins.join('\n')}
      where t0.${key} in ${subquery(members.sql)}
      order by t0.${key}
      limit {sample_size:UInt32}
    `,
    params: z.looseObject({}),
    row: z.looseObject({}),
  });
  const asked = { ...members, params: { ...members.params, sample_size: sampleSize } };
  const rows = await askPrepared(deps, { segment, context }, query, asked, signal);
  const personal = new Set(traits.filter(({ isPii }) => isPii).map(({ name }) => name));
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, personal.has(name) && !isUnmasked ? masked(value) : value])),
  );
}

/** The traits that the limit and the conditions use, after those by which a person is recognised. */
function shownTraits(segment: CheckedSegment): Trait[] {
  const personal = [...segment.entity.traits.values()].filter(({ isPii }) => isPii).slice(0, 4);
  return [...new Set([...personal, ...traitsOfWhole(segment.whole), ...traitsAsked(segment)])].slice(0, 10);
}
