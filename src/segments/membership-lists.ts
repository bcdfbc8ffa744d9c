/** Who is in a segment as it is published, who entered and left it, and how its size went. */
import * as z from 'zod';
import { type Page, type PageRequest, pageParams, readPage } from '../warehouse/page.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { SegmentDeps } from './deps.ts';
import type { MembershipChange, PublishedMember, SegmentSizes } from './life-schema.ts';

type Deps = Pick<SegmentDeps, 'warehouse'>;

const members = defineQuery({
  name: 'segments.published_members',
  sql: `
    select
        member_id,
        entered_at
    from sluice.segment_members
    where segment_id = {segment_id:String}
      and entered_at <= {page_at:DateTime64(3, 'UTC')}
    order by
        entered_at desc,
        member_id
    limit {page_skip:UInt64}, {page_take:UInt64}
  `,
  params: z.object({ ...pageParams, segment_id: z.string() }),
  row: z.object({ member_id: z.string(), entered_at: z.string() }),
});

/** Members of the current version, those that entered last first. */
export function listMembers({ warehouse }: Deps, id: string, page: PageRequest): Promise<Page<PublishedMember>> {
  return readPage(warehouse.reader, members, { segment_id: id }, page, ({ entered_at }) => entered_at);
}

const changes = defineQuery({
  name: 'segments.changes',
  sql: `
    select
        member_id,
        event,
        reason,
        toString(version) as version,
        occurred_at
    from sluice.segment_membership_events
    where segment_id = {segment_id:String}
      and ({event:String} = '' or event = {event:String})
      and occurred_at <= {page_at:DateTime64(3, 'UTC')}
    order by
        occurred_at desc,
        segment_membership_events.version desc,
        member_id
    limit {page_skip:UInt64}, {page_take:UInt64}
  `,
  params: z.object({ ...pageParams, segment_id: z.string(), event: z.string() }),
  row: z.object({ member_id: z.string(), event: z.string(), reason: z.string(), version: z.string(), occurred_at: z.string() }),
});

/** Who entered and left, newest first. Also of an archived segment. */
export function listChanges(
  { warehouse }: Deps,
  id: string,
  event: string | undefined,
  page: PageRequest,
): Promise<Page<MembershipChange>> {
  return readPage(warehouse.reader, changes, { segment_id: id, event: event ?? '' }, page, ({ occurred_at }) => occurred_at);
}

const sizes = defineQuery({
  name: 'segments.sizes',
  sql: `
    select
        toString(toDate(published_at, {timezone:String})) as day,
        argMax(size, version) as members,
        sum(entered_count) as entered,
        sum(left_count) as left,
        count() as publications
    from sluice_state.segment_versions
    where segment_id = {segment_id:String}
      and published_at >= {since:DateTime64(3, 'UTC')}
    group by day
    order by day
  `,
  params: z.object({ segment_id: z.string(), timezone: z.string(), since: z.string() }),
  row: z.object({
    day: z.string(),
    members: z.coerce.number(),
    entered: z.coerce.number(),
    left: z.coerce.number(),
    publications: z.coerce.number(),
  }),
});

const DAY_MS = 86_400_000;

/** For each day on which it was published: the size with the last publication, and who came and went with all of them. */
export async function readSizes(
  { warehouse, timezone, now }: Deps & Pick<SegmentDeps, 'timezone' | 'now'>,
  id: string,
  days: number,
): Promise<SegmentSizes> {
  const since = new Date(now().getTime() - days * DAY_MS).toISOString().replace('Z', '');
  return { segment_id: id, timezone, sizes: await warehouse.owner.ask(sizes, { segment_id: id, timezone, since }) };
}
