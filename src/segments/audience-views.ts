/** The views of published members in the published database: which are there, and those that are made anew. */
import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import { type AudienceView, audienceName, audienceView, entityAudiences } from './compile-audiences.ts';
import type { SegmentDeps } from './deps.ts';

/** Of each view: what it says of itself (`seal`), by which one that is as it should be is told from an older one. */
export type ViewsThere = ReadonlyMap<string, string>;

const views = defineQuery({
  name: 'segments.audience_views',
  sql: `
    select
        tables.name as name,
        tables.comment as comment,
        columns.types as types
    from system.tables as tables
    inner join (
        select
            table,
            arrayMap(column -> column.2, arraySort(groupArray((position, concat(name, ' ', type))))) as types
        from system.columns
        where database = {database:String}
          and (table like 'audience\\_%' or table like '%\\_audiences')
        group by table
    ) as columns on columns.table = tables.name
    where tables.database = {database:String}
      and tables.engine = 'View'
      and (tables.name like 'audience\\_%' or tables.name like '%\\_audiences')
  `,
  params: z.object({ database: z.string() }),
  row: z.object({ name: z.string(), comment: z.string(), types: z.array(z.string()) }),
});

export async function viewsThere({ warehouse }: Pick<SegmentDeps, 'warehouse'>): Promise<ViewsThere> {
  const rows = await warehouse.owner.ask(views, { database: warehouse.databases.published });
  return new Map(rows.map(({ name, comment, types }) => [name, sealOf(comment, types)]));
}

const sealOf = (comment: string, types: readonly string[]) => JSON.stringify([comment, ...types]);

/** Makes the view of a segment's members and the one with all audiences of its entity, where they are not there as they should be. */
export async function defineViews(
  { warehouse }: Pick<SegmentDeps, 'warehouse'>,
  { segment, entity }: { readonly segment: string; readonly entity: Entity },
  there: ViewsThere,
): Promise<void> {
  const wanted: readonly AudienceView[] = [audienceView(segment, entity), entityAudiences(entity)];
  const missing = wanted.filter(({ name, comment, types }) => there.get(name) !== sealOf(comment, types));
  // One after the other: two views that a process makes at once would each take a connection, and there are rarely two.
  for (const { sql } of missing) {
    await warehouse.owner.run(defineStatement({ name: 'segments.define_audience', sql, params: z.object({}) }), {});
  }
}

export async function dropAudience({ warehouse }: Pick<SegmentDeps, 'warehouse'>, segment: string): Promise<void> {
  const sql = `drop view if exists sluice.${audienceName(segment)}`;
  await warehouse.owner.run(defineStatement({ name: 'segments.drop_audience', sql, params: z.object({}) }), {});
}
