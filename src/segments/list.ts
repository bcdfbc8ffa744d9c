/** Every applied segment with its publication status. */
import * as z from 'zod';
import { formatProblem, type Problem } from '../documents/problem.ts';
import { type Page, type PageRequest, pageParams, readPage } from '../warehouse/page.ts';
import { defineQuery } from '../warehouse/query.ts';
import { checkSegment } from './check-against-catalogue.ts';
import type { SegmentContext } from './check-tools.ts';
import type { SegmentDefinition } from './definition.ts';
import { readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { referencesOf } from './references.ts';
import type { SegmentListing, SegmentVersion } from './schema.ts';

const published = defineQuery({
  name: 'segments.published',
  sql: `
    select
        segment_id,
        size,
        version,
        last_good_at,
        failed_at,
        failed_reason
    from sluice.segments
  `,
  params: z.object({}),
  row: z.object({
    segment_id: z.string(),
    size: z.coerce.number(),
    version: z.coerce.string(),
    last_good_at: z.string().nullable(),
    failed_at: z.string().nullable(),
    failed_reason: z.string().nullable(),
  }),
});

/** @param deps with `catalogue`, definitions that name what the models no longer declare are told too, before a publication fails. */
export async function listSegments(
  deps: Pick<SegmentDeps, 'resources' | 'warehouse'> & Partial<Pick<SegmentDeps, 'catalogue' | 'allowsSql'>>,
): Promise<SegmentListing[]> {
  const { usable, unusable, lists } = await readDefinitions(deps);
  // A project that cannot be read is the build's affair: what is published is listed all the same.
  const catalogue = await deps.catalogue?.().catch(() => undefined);
  const rows = new Map((await deps.warehouse.reader.ask(published, {})).map((row) => [row.segment_id, row]));
  const ids = [...usable.keys(), ...unusable.keys()].sort();
  return ids.map((id) => {
    const definition = usable.get(id);
    const row = rows.get(id);
    const isPublished = row !== undefined && row.version !== '0';
    const problems =
      unusable.get(id) ??
      (definition && catalogue && problemsOf(definition, { catalogue, segments: usable, lists, allowsSql: deps.allowsSql === true })) ??
      [];
    const wrong = problems.length === 0 ? null : problems.map((problem) => formatProblem(problem)).join('; ');
    return {
      segment_id: id,
      title: definition?.title ?? null,
      entity: definition?.entity ?? null,
      reads: definition ? [...new Set(referencesOf(definition).map(({ segment }) => segment))] : [],
      size: isPublished ? row.size : null,
      version: isPublished ? row.version : null,
      last_good_at: row?.last_good_at ?? null,
      failed_at: row?.failed_at ?? null,
      failed_reason: wrong ?? row?.failed_reason ?? null,
    };
  });
}

function problemsOf(definition: SegmentDefinition, context: SegmentContext): readonly Problem[] {
  const checked = checkSegment(definition, context);
  return checked.ok ? [] : checked.problems;
}

const versionsQuery = defineQuery({
  name: 'segments.versions',
  sql: `
    select
        toString(version) as version,
        toString(previous_version) as previous_version,
        size,
        entered_count as entered,
        left_count as left,
        definition_hash,
        as_of,
        published_at,
        seconds,
        is_retired
    from sluice_state.segment_versions
    where segment_id = {segment_id:String}
      and published_at <= {page_at:DateTime64(3, 'UTC')}
    order by
        published_at desc,
        segment_versions.version desc
    limit {page_skip:UInt64}, {page_take:UInt64}
  `,
  params: z.object({ ...pageParams, segment_id: z.string() }),
  row: z.object({
    version: z.string(),
    previous_version: z.string(),
    size: z.coerce.number(),
    entered: z.coerce.number(),
    left: z.coerce.number(),
    definition_hash: z.string(),
    as_of: z.string(),
    published_at: z.string(),
    seconds: z.number(),
    is_retired: z.boolean(),
  }),
});

/** What was published of a segment, newest first. Of one that never was, nothing. */
export function listVersions(deps: Pick<SegmentDeps, 'warehouse'>, id: string, page: PageRequest): Promise<Page<SegmentVersion>> {
  return readPage(deps.warehouse.owner, versionsQuery, { segment_id: id }, page, ({ published_at }) => published_at);
}
