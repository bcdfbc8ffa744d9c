/** The segments that one member is in now, and what it entered and left. */
import * as z from 'zod';
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
