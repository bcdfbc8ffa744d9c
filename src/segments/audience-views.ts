/** The views of published members in the published database: which are there, and those that are made anew. */
import * as z from 'zod';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import type { CheckedSegment } from './checked.ts';
import { audienceName, audienceView, entityAudiences, holdoutName, holdoutView } from './compile-audiences.ts';
import type { SegmentDeps } from './deps.ts';

/** The statement that made each view, as the warehouse writes it. */
export type ViewsThere = ReadonlyMap<string, string>;

const views = defineQuery({
  name: 'segments.audience_views',
  sql: `
    select
        name,
        create_table_query as made_by
    from system.tables
    where database = {database:String}
      and (name in {names:Array(String)} or endsWith(name, '_audiences'))
  `,
  params: z.object({ database: z.string(), names: z.array(z.string()) }),
  row: z.object({ name: z.string(), made_by: z.string() }),
});

/**
 * Whether a view is ours, also an older one, and no table or view of the project's own: those cannot read the state database, and read
 * `sluice.segment_members` in its place.
 */
const isOurs = (madeBy: string, { state }: SegmentDeps['warehouse']['databases']) =>
  ['segment_members', 'segment_holdouts'].some((table) => madeBy.includes(`${state}.${table}`));

/** @param segments ids: of the views of all entities, none is left out. */
export async function viewsThere({ warehouse }: Pick<SegmentDeps, 'warehouse'>, segments: readonly string[]): Promise<ViewsThere> {
  const names = segments.flatMap((segment) => [audienceName(segment), holdoutName(segment)]);
  const rows = await warehouse.owner.ask(views, { database: warehouse.databases.published, names });
  return new Map(rows.map((row) => [row.name, row.made_by]));
}

/**
 * Makes the views of a segment's members and of who is held out, and the one with all audiences of its entity, where they are not there as they
 * should be. Without a holdout an old view of it is left: it is empty then, and its name may be that of another segment's audience.
 */
export async function defineViews(
  { warehouse }: Pick<SegmentDeps, 'warehouse'>,
  { definition: { id }, entity, whole }: CheckedSegment,
  there: ViewsThere,
): Promise<void> {
  const heldOut = whole.holdout === undefined ? [] : [holdoutView(id, entity)];
  for (const { name, marks, sql } of [audienceView(id, entity), ...heldOut, entityAudiences(entity)]) {
    const madeBy = there.get(name);
    // A model of the project has that name: it is not ours to replace.
    if (madeBy !== undefined && !isOurs(madeBy, warehouse.databases)) continue;
    if (madeBy !== undefined && marks.every((mark) => madeBy.includes(mark))) continue;
    await warehouse.owner.run(defineStatement({ name: 'segments.define_audience', sql, params: z.object({}) }), {});
  }
}

/** @param applied ids of the segments that stay: one of them may have taken the name of the view of the held-out. */
export async function dropAudience(
  { warehouse }: Pick<SegmentDeps, 'warehouse'>,
  segment: string,
  applied: ReadonlySet<string>,
): Promise<void> {
  const views = [audienceName(segment), ...(applied.has(`${segment}-holdout`) ? [] : [holdoutName(segment)])];
  const there = await viewsThere({ warehouse }, [segment]);
  for (const view of views) {
    const madeBy = there.get(view);
    if (madeBy === undefined || !isOurs(madeBy, warehouse.databases)) continue;
    const sql = `drop view if exists sluice.${view}`;
    await warehouse.owner.run(defineStatement({ name: 'segments.drop_audience', sql, params: z.object({}) }), {});
  }
}
