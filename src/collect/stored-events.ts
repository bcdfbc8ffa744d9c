/** What has been collected, and what was not accepted: the latest first, by pages. */
import * as z from 'zod';
import { maskedWithin } from '../documents/mask.ts';
import type { WarehouseClient } from '../warehouse/client.ts';
import { type Page, type PageRequest, pageParams, readPage } from '../warehouse/page.ts';
import { defineQuery } from '../warehouse/query.ts';
import type { RejectedEvent, StoredEvent } from './schema.ts';

interface Deps {
  readonly reader: Pick<WarehouseClient, 'ask'>;
}

interface Shown {
  readonly isUnmasked: boolean;
}

/** Empty: whatever it is. */
export interface EventFilter {
  readonly source?: string | undefined;
  readonly type?: string | undefined;
  readonly event?: string | undefined;
  readonly user_id?: string | undefined;
  readonly anonymous_id?: string | undefined;
}

/** Messages are read of the rows of the page alone: the table's order is that of their ids, so the page is looked for in narrow columns. */
const storedQuery = defineQuery({
  name: 'collect.stored_events',
  sql: `
    with

    page as (

        select
            message_id,
            source,
            received_at
        from sluice_raw.events
        where ({source:String} = '' or source = {source:String})
          and ({type:String} = '' or type = {type:String})
          and ({event:String} = '' or event = {event:String})
          and ({user_id:String} = '' or user_id = {user_id:String})
          and ({anonymous_id:String} = '' or anonymous_id = {anonymous_id:String})
          and received_at <= {page_at:DateTime64(3, 'UTC')}
        order by
            received_at desc,
            message_id,
            source
        limit 1 by
            message_id,
            source
        limit {page_skip:UInt64}, {page_take:UInt64}

    )

    select
        message_id,
        type,
        event,
        source,
        anonymous_id,
        user_id,
        group_id,
        occurred_at,
        received_at,
        time_correction,
        message
    from sluice_raw.events
    where (message_id, source, received_at) in page
    order by
        received_at desc,
        message_id,
        source
    limit 1 by
        message_id,
        source
  `,
  params: z.object({
    ...pageParams,
    source: z.string(),
    type: z.string(),
    event: z.string(),
    user_id: z.string(),
    anonymous_id: z.string(),
  }),
  row: z.object({
    message_id: z.string(),
    type: z.string(),
    event: z.string(),
    source: z.string(),
    anonymous_id: z.string(),
    user_id: z.string(),
    group_id: z.string(),
    occurred_at: z.string(),
    received_at: z.string(),
    time_correction: z.string(),
    message: z.string(),
  }),
});

/** The id of the message stays as it is: it says which event it is. Whose it is, and what the message holds, is masked unless asked for. */
export async function listEvents(
  { reader }: Deps,
  filter: EventFilter,
  page: PageRequest,
  { isUnmasked }: Shown,
): Promise<Page<StoredEvent>> {
  const { source = '', type = '', event = '', user_id = '', anonymous_id = '' } = filter;
  const found = await readPage(reader, storedQuery, { source, type, event, user_id, anonymous_id }, page, (row) => row.received_at);
  const whole = found.items.map((row) => ({ ...row, message: JSON.parse(row.message) as unknown }));
  return { ...found, items: isUnmasked ? whole : whole.map(hidden) };
}

/** A user id is an address, often enough. */
function hidden(event: StoredEvent): StoredEvent {
  const { anonymous_id, user_id, group_id, message } = event;
  return { ...event, ...(maskedWithin({ anonymous_id, user_id, group_id, message }) as Partial<StoredEvent>) };
}

const rejectedQuery = defineQuery({
  name: 'collect.rejected_events',
  sql: `
    select
        received_at,
        source,
        message_id,
        reason,
        detail,
        message,
        message_bytes,
        request_id
    from sluice_raw.rejected_events
    where ({source:String} = '' or source = {source:String})
      and ({reason:String} = '' or reason = {reason:String})
      and received_at <= {page_at:DateTime64(3, 'UTC')}
    order by
        received_at desc,
        request_id,
        message_id,
        reason
    limit {page_skip:UInt64}, {page_take:UInt64}
  `,
  params: z.object({ ...pageParams, source: z.string(), reason: z.string() }),
  row: z.object({
    received_at: z.string(),
    source: z.string(),
    message_id: z.string(),
    reason: z.string(),
    detail: z.string(),
    message: z.string(),
    message_bytes: z.coerce.number(),
    request_id: z.string(),
  }),
});

/** What arrived may be anything, so it is left out unless asked for. */
export async function listRejected(
  { reader }: Deps,
  { source = '', reason = '' }: { readonly source?: string | undefined; readonly reason?: string | undefined },
  page: PageRequest,
  { isUnmasked }: Shown,
): Promise<Page<RejectedEvent>> {
  const found = await readPage(reader, rejectedQuery, { source, reason }, page, ({ received_at }) => received_at);
  return { ...found, items: found.items.map((row) => ({ ...row, message: isUnmasked ? row.message : null })) };
}
