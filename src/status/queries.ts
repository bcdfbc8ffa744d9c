/** What the status page asks the warehouse. Everything here is public: BI tools can ask the same. */
import * as z from 'zod';
import { defineQuery } from '../warehouse/query.ts';

const noParams = z.object({});
const count = z.coerce.number();

export const sources = defineQuery({
  name: 'status.sources',
  sql: `
    with

    collected as (

        select
            source,
            'events' as table_name,
            count() as row_count,
            max(toNullable(received_at)) as newest,
            0 as rejected_count
        from sluice_raw.events
        group by source

    ),

    loaded as (

        select
            source,
            table_name,
            sum(rows_loaded) as row_count,
            max(toNullable(finished_at)) as newest,
            0 as rejected_count
        from sluice_audit.loads
        group by source, table_name

    ),

    rejected_events as (

        select
            source,
            'events' as table_name,
            0 as row_count,
            cast(null, 'Nullable(DateTime64(3, \\'UTC\\'))') as newest,
            count() as rejected_count
        from sluice_raw.rejected_events
        where received_at > now() - interval 1 day
        group by source

    ),

    rejected_rows as (

        select
            source,
            table_name,
            0 as row_count,
            cast(null, 'Nullable(DateTime64(3, \\'UTC\\'))') as newest,
            count() as rejected_count
        from sluice_raw.rejected_rows
        where rejected_at > now() - interval 1 day
        group by source, table_name

    ),

    -- A source of which everything was rejected is there too: with no row, and no time of its newest one.
    arrived as (

        select * from collected
        union all
        select * from loaded
        union all
        select * from rejected_events
        union all
        select * from rejected_rows

    )

    select
        arrived.source as source,
        arrived.table_name as table,
        sum(arrived.row_count) as rows,
        max(arrived.newest) as newest_at,
        sum(arrived.rejected_count) as rejected_last_day
    from arrived
    group by arrived.source, arrived.table_name
    order by newest_at desc, source, table
  `,
  params: noParams,
  row: z.object({ source: z.string(), table: z.string(), rows: count, newest_at: z.string().nullable(), rejected_last_day: count }),
});

export const refusedRequests = defineQuery({
  name: 'status.refused_requests',
  sql: `
    select
        source,
        key_prefix,
        reason,
        sum(request_count) as requests_last_day,
        max(last_at) as newest_at
    from sluice_audit.refused_requests
    where last_at > now() - interval 1 day
    group by
        source,
        key_prefix,
        reason
    order by
        newest_at desc,
        source,
        key_prefix,
        reason
    limit 50
  `,
  params: noParams,
  row: z.object({ source: z.string(), key_prefix: z.string(), reason: z.string(), requests_last_day: count, newest_at: z.string() }),
});

export const lastBuild = defineQuery({
  name: 'status.last_build',
  sql: `
    with

    last as (

        select *
        from sluice_audit.dbt_runs
        order by started_at desc
        limit 1

    )

    select
        toString(last.run_id) as run_id,
        last.status as status,
        last.started_at as started_at,
        dateDiff('millisecond', last.started_at, last.finished_at) / 1000 as seconds,
        arrayConcat(
            (
                select groupArray(table_name)
                from sluice_audit.dbt_run_models
                where run_id in (select run_id from last) and status = 'error'
            ),
            last.failed_tests
        ) as failed,
        last.error as error
    from last
  `,
  params: noParams,
  row: z.object({
    run_id: z.string(),
    status: z.string(),
    started_at: z.string(),
    seconds: z.number(),
    failed: z.array(z.string()),
    error: z.string(),
  }),
});
