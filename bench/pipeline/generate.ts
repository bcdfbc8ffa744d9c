/** People and events, made inside the warehouse: nothing passes through Node, so the generator does not shape the figures. */
import * as z from 'zod';
import { defineStatement } from '../../src/warehouse/query.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';

export interface Size {
  readonly people: number;
  readonly events: number;
}

/** Events are written in slices, so that memory stays bounded and progress can be shown. */
const SLICE = 1_000_000;

/**
 * Row `n` is a pure function of `n`: two runs make the same data, up to the day it ends on. The first rows are an `identify` for each person
 * (user id, e-mail, name, city, country), a year back; the others are `track` and `page` calls of people drawn with a skew, over the year that
 * ends at `ends_at`. A third of the calls from a person's main device are anonymous, and the more active third of the people also use a second
 * device that only log-ins link to them: the identity graph has something to join.
 */
const insertEvents = defineStatement({
  name: 'bench.generate_events',
  sql: `
    insert into sluice_raw.events
        (message_id, type, event, source, anonymous_id, user_id, previous_id, group_id, occurred_at, original_timestamp, sent_at, received_at, message)
    with
        number < {people:UInt64} as is_identify,
        if(
            is_identify,
            number,
            toUInt64(pow((sipHash64(number, 'person') % 1000003) / 1000003, 1.6) * {people:UInt64}) % {people:UInt64}
        ) as person,
        sipHash64(number, 'name') % 1000 as name_draw,
        multiIf(
            name_draw < 420, 'Page Viewed',
            name_draw < 700, 'Product Viewed',
            name_draw < 800, 'Product Added',
            name_draw < 850, 'Checkout Started',
            name_draw < 900, 'Order Completed',
            name_draw < 930, 'Search Performed',
            name_draw < 950, 'Coupon Applied',
            name_draw < 965, 'Wishlist Added',
            name_draw < 980, 'Email Opened',
            name_draw < 995, 'App Opened',
            'Support Requested'
        ) as event_name,
        multiIf(is_identify, 'identify', event_name = 'Page Viewed', 'page', 'track') as event_kind,
        sipHash64(number, 'device') % 6 as device_draw,
        not is_identify and person < intDiv({people:UInt64}, 3) and device_draw >= 3 as is_second_device,
        concat('u-', toString(person)) as user,
        concat(if(is_second_device, 'b-', 'a-'), toString(person)) as device,
        is_identify or is_second_device or device_draw != 0 as is_known,
        {ends_at:DateTime64(3, 'UTC')} - toIntervalSecond(if(is_identify, 31536000, sipHash64(number, 'time') % 31536000)) as at,
        formatDateTime(at, '%Y-%m-%dT%H:%i:%S.000Z', 'UTC') as at_text,
        ['grocery', 'produce', 'drugs', 'deli', 'bakery', 'garden', 'pets', 'baby'][sipHash64(number, 'category') % 8 + 1] as category,
        sipHash64(number, 'amount') as amount_draw
    select
        concat('bench-', toString(number)) as message_id,
        event_kind as type,
        multiIf(event_kind = 'track', event_name, event_kind = 'page', category, '') as event,
        if(is_second_device, 'app', 'web') as source,
        device as anonymous_id,
        if(is_known, user, '') as user_id,
        '' as previous_id,
        '' as group_id,
        at as occurred_at,
        at as original_timestamp,
        at as sent_at,
        at as received_at,
        concat(
            '{"type":"', event_kind, '","messageId":"bench-', toString(number), '","anonymousId":"', device, '"',
            if(is_known, concat(',"userId":"', user, '"'), ''),
            ',"timestamp":"', at_text, '"',
            multiIf(
                is_identify, concat(
                    ',"traits":{"email":"', user, '@example.com"',
                    ',"first_name":"', ['Ada', 'Bram', 'Chloe', 'Daan', 'Elif', 'Femke', 'Georg', 'Hanna', 'Ines', 'Jonas'][person % 10 + 1], '"',
                    ',"city":"', ['Utrecht', 'Gent', 'Bremen', 'Lille', 'Leeds'][person % 5 + 1], '"',
                    ',"country_code":"', ['NL', 'BE', 'DE', 'FR', 'GB'][person % 5 + 1], '"}'
                ),
                event_kind = 'page', concat(',"name":"', category, '","properties":{"url":"https://shop.example.com/', category, '"}'),
                concat(
                    ',"event":"', event_name, '","properties":{"category":"', category, '","quantity":', toString(amount_draw % 7 + 1),
                    if(
                        event_name = 'Order Completed',
                        concat(',"order_id":"o-', toString(number), '","revenue":', toString((amount_draw % 20000) / 100)),
                        ''
                    ),
                    '}'
                )
            ),
            '}'
        ) as message
    from numbers({first:UInt64}, {rows:UInt64})
  `,
  params: z.object({ people: z.int(), first: z.int(), rows: z.int(), ends_at: z.string() }),
});

/** @param endsAt the newest event is just before it. */
export async function generate(warehouse: Warehouse, size: Size, endsAt: Date, onProgress: (done: number) => void): Promise<void> {
  for (let first = 0; first < size.events; first += SLICE) {
    const rows = Math.min(SLICE, size.events - first);
    await warehouse.owner.run(insertEvents, {
      people: size.people,
      first,
      rows,
      ends_at: endsAt.toISOString().slice(0, 19).replace('T', ' '),
    });
    onProgress(first + rows);
  }
}
