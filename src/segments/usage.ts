/** What each segment has cost the warehouse, from its query log. */
import * as z from 'zod';
import { CdpError } from '../errors.ts';
import { defineQuery, defineStatement } from '../warehouse/query.ts';
import type { SegmentDeps } from './deps.ts';
import { errors } from './errors.ts';
import type { SegmentCost, SegmentCosts } from './life-schema.ts';

const costs = defineQuery({
  name: 'segments.cost',
  sql: `
    with
        splitByChar(' ', log_comment) as words,
        -- What several segments shared is charged to them in equal parts.
        splitByChar(',', words[3]) as sharers,
        length(sharers) as parts
    select
        arrayJoin(sharers) as segment_id,
        count() as queries,
        countIf(exception_code != 0) as failed,
        sum(query_duration_ms / parts) / 1000 as seconds,
        sum(ProfileEvents['OSCPUVirtualTimeMicroseconds'] / parts) / 1000000 as cpu_seconds,
        sum(intDiv(query_log.read_rows, parts)) as read_rows,
        sum(intDiv(query_log.read_bytes, parts)) as read_bytes,
        max(memory_usage) as peak_memory_bytes,
        countIf(words[2] = 'publish') as publications,
        if(publications = 0, null, sumIf(query_duration_ms / parts, words[2] != 'preview') / 1000 / publications) as seconds_per_publication,
        max(event_time_microseconds) as last_at
    from system.query_log as query_log
    where event_date >= today() - {days:UInt16}
      and event_time >= now() - toIntervalDay({days:UInt16})
      and type in ('QueryFinish', 'ExceptionWhileProcessing')
      and log_comment like 'segment % %'
      and length(words) = 3
      and ({segment:String} = '' or has(sharers, {segment:String}))
      -- Other installations on the same server have databases of their own.
      and hasAny(databases, [{state:String}, {published:String}])
    group by segment_id
    having {segment:String} in ('', segment_id)
    order by
        cpu_seconds desc,
        segment_id
  `,
  params: z.object({ days: z.int(), segment: z.string(), state: z.string(), published: z.string() }),
  row: z.object({
    segment_id: z.string(),
    queries: z.coerce.number(),
    failed: z.coerce.number(),
    seconds: z.number(),
    cpu_seconds: z.number(),
    read_rows: z.coerce.number(),
    read_bytes: z.coerce.number(),
    peak_memory_bytes: z.coerce.number(),
    publications: z.coerce.number(),
    seconds_per_publication: z.number().nullable(),
    last_at: z.string(),
  }),
});

const flushLogs = defineStatement({ name: 'segments.flush_log', sql: 'system flush logs', params: z.object({}) });

/** Segments that were archived since are among them. @throws CdpError `segments.no_query_log`. */
export async function segmentCosts(
  { warehouse }: Pick<SegmentDeps, 'warehouse'>,
  { days, segment = '' }: { readonly days: number; readonly segment?: string | undefined },
): Promise<SegmentCosts> {
  // The log is written every few seconds. An owner without this right sees the last queries a little later.
  await warehouse.owner.run(flushLogs, {}).catch(() => undefined);
  const { state, published } = warehouse.databases;
  try {
    return { days, segments: (await warehouse.owner.ask(costs, { days, segment, state, published })).map(rounded) };
  } catch (cause) {
    if (!(cause instanceof CdpError) || !NOT_THERE.has(Number(cause.context.clickhouse_code))) throw cause;
    throw errors.no_query_log('The query log of the warehouse cannot be read', { cause });
  }
}

/** 60: there is no such table. 497: the right is missing. */
const NOT_THERE = new Set([60, 497]);

const rounded = (cost: SegmentCost): SegmentCost => ({
  ...cost,
  seconds: toMillis(cost.seconds),
  cpu_seconds: toMillis(cost.cpu_seconds),
  seconds_per_publication: cost.seconds_per_publication === null ? null : toMillis(cost.seconds_per_publication),
});

const toMillis = (seconds: number) => Math.round(seconds * 1_000) / 1_000;
