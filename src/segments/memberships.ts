/** The segments that one member is in now, and what it entered and left. */
import * as z from 'zod';
import type { Entity } from '../catalogue/catalogue.ts';
import { keyTypeOf } from '../catalogue/key-type.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { SegmentDeps } from './deps.ts';
import type { Memberships } from './schema.ts';

const membershipsQuery = defineQuery({
  name: 'segments.memberships',
  sql: `
    select
        members.segment_id as segment_id,
        segments.name as title,
        members.entered_at as entered_at
    from sluice.segment_members as members
    inner join sluice.segments as segments on segments.segment_id = members.segment_id
    where members.member_id = {member_id:String}
      and segments.entity = {entity:String}
    order by segment_id
  `,
  params: z.object({ member_id: z.string(), entity: z.string() }),
  row: z.object({ segment_id: z.string(), title: z.string(), entered_at: z.string() }),
});

const historyQuery = defineQuery({
  name: 'segments.membership_history',
  sql: `
    select
        segment_id,
        event,
        reason,
        occurred_at
    from sluice.segment_membership_events
    where member_id = {member_id:String}
      and segment_id in (select segment_id from sluice.segments where entity = {entity:String})
    order by
        occurred_at desc,
        segment_id
    limit 200
  `,
  params: z.object({ member_id: z.string(), entity: z.string() }),
  row: z.object({ segment_id: z.string(), event: z.string(), reason: z.string(), occurred_at: z.string() }),
});

/**
 * Since when one entity is in a version of a segment, without a break; undefined when it is not. The version is a partition of its own, in which
 * a UUID is found by the index.
 *
 * @param memberId key of the entity, as text.
 */
export async function memberSince(
  { warehouse: { reader } }: { readonly warehouse: Pick<SegmentDeps['warehouse'], 'reader'> },
  entity: Entity,
  { segment, version, memberId }: { readonly segment: string; readonly version: string; readonly memberId: string },
): Promise<string | undefined> {
  const [row] = await reader.ask(keyTypeOf(entity).column === 'member_uuid' ? sinceOfUuid : sinceOfText, {
    segment,
    version,
    member_id: memberId,
  });
  return row?.entered_at;
}

const sinceQuery = (place: string) =>
  defineQuery({
    name: 'segments.member_since',
    sql: `
    select entered_at
    from sluice_state.segment_members
    where segment_id = {segment:String}
      and version = {version:UInt64}
      and ${place}
    limit 1
  `,
    params: z.object({ segment: z.string(), version: z.string(), member_id: z.string() }),
    row: z.object({ entered_at: z.string() }),
  });

// Of a version that was published while the key was a text, the UUID is nil.
const sinceOfUuid = sinceQuery(
  "member_uuid in (toUUIDOrZero({member_id:String}), toUUID('00000000-0000-0000-0000-000000000000'))\n      and member_id = {member_id:String}",
);
const sinceOfText = sinceQuery('member_id = {member_id:String}');

/** @param memberId key of an entity, as text. */
export async function readMemberships(
  { warehouse: { reader } }: { readonly warehouse: Pick<SegmentDeps['warehouse'], 'reader'> },
  entity: string,
  memberId: string,
): Promise<Memberships> {
  const [segments, history] = await Promise.all([
    reader.ask(membershipsQuery, { member_id: memberId, entity }),
    reader.ask(historyQuery, { member_id: memberId, entity }),
  ]);
  return { segments, history };
}
