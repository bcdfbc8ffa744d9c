/** How the published members of several segments overlap: a matrix, and a list in which each member counts for the first segment only. */
import * as z from 'zod';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { defineQuery } from '../warehouse/query.ts';
import { findDefinition, readDefinitions } from './definitions.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import type { SegmentOverlap, SegmentWaterfall } from './schema.ts';
import { type PublishedVersion, readCurrentVersions } from './versions.ts';

/** More make a matrix that nobody reads. */
export const MAX_SEGMENTS = 50;

/**
 * A bit for each segment of a member: the lowest for the first in the list that is asked about. Then, for each set of places that members
 * have, how many are alike in it. `member`: SQL of its key, over rows of members. Over 4.7 M rows of members bits took 0.9 s of the processor's
 * time, lists of places 2.7 s.
 */
const combinationsOf = (member: string) => `combinations as (
    select
        bitPositionsToArray(bits) as places,
        count() as alike
    from (
        select groupBitOr(bitShiftLeft(toUInt64(1), indexOf({segments:Array(String)}, segment_id) - 1)) as bits
        from sluice_state.segment_members
        where (segment_id, version) in (
            select (segment_id, version)
            from (
                select
                    arrayJoin(arrayZip({segments:Array(String)}, arrayMap(version -> toUInt64(version), {versions:Array(String)}))) as pair,
                    pair.1 as segment_id,
                    pair.2 as version
            )
        )
        group by ${member}
    )
    group by bits
)`;

const params = z.object({ segments: z.array(z.string()), versions: z.array(z.string()) });

const overlapQuery = (member: string) =>
  defineQuery({
    name: 'segments.overlap',
    sql: `
with ${combinationsOf(member)}
select
    a,
    b,
    sum(alike) as members
from combinations
array join places as a
array join places as b
where a <= b
group by
    a,
    b`,
    params,
    row: z.object({ a: z.coerce.number(), b: z.coerce.number(), members: z.coerce.number() }),
  });

const waterfallQuery = (member: string) =>
  defineQuery({
    name: 'segments.waterfall',
    sql: `
with ${combinationsOf(member)}
select
    place,
    sumIf(alike, place = places[1]) as taken,
    sum(alike) as members
from combinations
array join places as place
group by place`,
    params,
    row: z.object({ place: z.coerce.number(), taken: z.coerce.number(), members: z.coerce.number() }),
  });

/** @param ids 2 to 50 published segments of one entity. @throws CdpError `segments.usage`, `segments.missing`, `segments.unpublished`. */
export async function overlapOf(deps: SegmentDeps, ids: readonly string[], signal?: AbortSignal): Promise<SegmentOverlap> {
  const published = await publishedOf(deps, ids);
  const rows = await deps.warehouse.reader.ask(
    overlapQuery(await memberOf(deps, published)),
    paramsOf(published),
    signal === undefined ? {} : { signal },
  );
  const shared = new Map(rows.map(({ a, b, members }) => [`${a} ${b}`, members]));
  return {
    segments: published.map(({ segment_id, size }) => ({ segment_id, members: size })),
    matrix: published.map((_, row) => published.map((__, column) => shared.get(`${Math.min(row, column)} ${Math.max(row, column)}`) ?? 0)),
  };
}

/** The first segment takes all of its members, each next one those that none before it has taken. @throws CdpError as `overlapOf`. */
export async function waterfallOf(deps: SegmentDeps, ids: readonly string[], signal?: AbortSignal): Promise<SegmentWaterfall> {
  const published = await publishedOf(deps, ids);
  const rows = await deps.warehouse.reader.ask(
    waterfallQuery(await memberOf(deps, published)),
    paramsOf(published),
    signal === undefined ? {} : { signal },
  );
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return {
    segments: published.map(({ segment_id }, index) => {
      const { taken = 0, members = 0 } = byPlace.get(index) ?? {};
      return { segment_id, members, taken, dropped: members - taken };
    }),
  };
}

/** Their key as it is stored; as text when the catalogue no longer has the entity. */
async function memberOf(deps: SegmentDeps, [first]: readonly PublishedVersion[]): Promise<string> {
  const entity = (await deps.catalogue()).entities.get(first?.entity ?? '');
  return entity ? keyTypeOf(entity).stored : 'member_id';
}

const paramsOf = (published: readonly PublishedVersion[]) => ({
  segments: published.map(({ segment_id: id }) => id),
  versions: published.map(({ version }) => version),
});

async function publishedOf(deps: SegmentDeps, ids: readonly string[]): Promise<PublishedVersion[]> {
  const wanted = [...new Set(ids)];
  if (wanted.length < 2 || wanted.length > MAX_SEGMENTS)
    throw errors.usage(`Give 2 to ${MAX_SEGMENTS} different segments, not ${wanted.length}.`);
  const [definitions, versions] = await Promise.all([readDefinitions(deps), readCurrentVersions(deps)]);
  const published = wanted.map((id) => {
    const version = versions.get(id);
    if (version !== undefined && !version.is_retired) return version;
    findDefinition(definitions, id);
    throw errors.unpublished(`The segment ${id} was never published`, { context: { segment: id } });
  });
  const [first, ...others] = published;
  const other = others.find(({ entity }) => entity !== first?.entity);
  if (first && other)
    throw errors.usage(
      `${first.segment_id} is of ${first.entity}, ${other.segment_id} of ${other.entity}: only members of one entity can overlap.`,
    );
  return published;
}
