/** The views of published members in the published database: which are there, and those that are made anew. */
import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import { audienceName, audienceView, entityAudiences } from './compile-audiences.ts';
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

/** By which a view of ours, also an older one, is told from a table or view of the project's own. */
const READS_MEMBERS = 'segment_members';

/** @param segments ids: of the views of all entities, none is left out. */
export async function viewsThere({ warehouse }: Pick<SegmentDeps, 'warehouse'>, segments: readonly string[]): Promise<ViewsThere> {
  const rows = await warehouse.owner.ask(views, { database: warehouse.databases.published, names: segments.map(audienceName) });
  return new Map(rows.map((row) => [row.name, row.made_by]));
}

/** Makes the view of a segment's members and the one with all audiences of its entity, where they are not there as they should be. */
export async function defineViews(
  { warehouse }: Pick<SegmentDeps, 'warehouse'>,
  { segment, entity }: { readonly segment: string; readonly entity: Entity },
  there: ViewsThere,
): Promise<void> {
  for (const { name, marks, sql } of [audienceView(segment, entity), entityAudiences(entity)]) {
    const madeBy = there.get(name);
    // A model of the project has that name: it is not ours to replace.
    if (madeBy !== undefined && !madeBy.includes(READS_MEMBERS)) continue;
    if (madeBy !== undefined && marks.every((mark) => madeBy.includes(mark))) continue;
    await warehouse.owner.run(defineStatement({ name: 'segments.define_audience', sql, params: z.object({}) }), {});
  }
}

export async function dropAudience({ warehouse }: Pick<SegmentDeps, 'warehouse'>, segment: string): Promise<void> {
  const sql = `drop view if exists sluice.${audienceName(segment)}`;
  await warehouse.owner.run(defineStatement({ name: 'segments.drop_audience', sql, params: z.object({}) }), {});
}
