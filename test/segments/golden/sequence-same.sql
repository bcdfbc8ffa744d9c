-- sequence-same: the members
-- p0 = "Page Viewed"
-- p1 = 14399999
-- p2 = "Product Added"
-- p3 = 345599999
-- p4 = "Order Completed"
-- p5 = "2025-03-31 12:00:00.000"
-- p6 = "2026-03-31 12:00:00.000"
-- p7 = ["Order Completed","Page Viewed","Product Added"]
-- p8 = 3
select `profile_id`
from (
    select
        `profile_id`,
        arrayFold((acc, i) -> if(arrayFirstIndex(run -> run.2 > acc.1, r) > 0, (r[arrayFirstIndex(run -> run.2 > acc.1, r)].1, acc.2 + 1), acc), range({p8:UInt8}), (toInt64(-9000000000000000000), toUInt64(0))).2 as runs
    from (
        select
            `profile_id`,
            arraySort(groupArrayArray(ends)) as r
        from (
            select
                `profile_id`,
                arrayFilter(r -> r.3, arrayMap((x, p) -> (x.1, p.2, bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p3:Int64}), m, arrayFill(y -> bitAnd(y.1, 3) = 2, m))) as ends
            from (
                select
                    `profile_id`,
                    arraySort(arrayConcat(arrayMap(x -> (x.1 + 1, x.2), r), s0_0)) as m,
                    s0_0
                from (
                    select
                        `profile_id`,
                        arrayFilter(r -> r.3, arrayMap((x, p) -> (x.1, p.2, bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p1:Int64}), m, arrayFill(y -> bitAnd(y.1, 3) = 2, m))) as r,
                        s0_0
                    from (
                        select
                            `profile_id`,
                            arraySort(arrayConcat(groupArrayIf((4 * ms + 2, 4 * ms + 1), e0), groupArrayIf((4 * ms + 1, 4 * ms + 1), e1))) as m,
                            groupArrayIf((4 * ms + 1, 4 * ms + 1), e2) as s0_0
                        from (
                            select
                                s.`profile_id` as `profile_id`,
                                assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                                if(ifNull(s.properties.`item`.`sku`.:Float64 = 0, false), '0', ifNull(if(s.properties.`item`.`sku`.:String is not null, s.properties.`item`.`sku`.:String, if(startsWith(dynamicType(s.properties.`item`.`sku`), 'Array'), '', toString(s.properties.`item`.`sku`))), '')) as v0,
                                s.event_name = {p0:String} as e0,
                                s.event_name = {p2:String} as e1,
                                s.event_name = {p4:String} as e2
                            from `sluice`.`events` as s
                            where s.event_name in {p7:Array(String)}
                              and s.occurred_at > {p5:DateTime64(3, 'UTC')} and s.occurred_at <= {p6:DateTime64(3, 'UTC')}
                        )
                        where v0 != ''
                        group by `profile_id`, v0
                    )
                )
            )
        )
        where notEmpty(ends)
        group by `profile_id`
    )
)
group by `profile_id`
having sum(runs) >= 3;

-- Each condition, for everybody
-- c0 = where
-- p0 = "Page Viewed"
-- p1 = 14399999
-- p2 = "Product Added"
-- p3 = 345599999
-- p4 = "Order Completed"
-- p5 = "2025-03-31 12:00:00.000"
-- p6 = "2026-03-31 12:00:00.000"
-- p7 = ["Order Completed","Page Viewed","Product Added"]
-- p8 = 3
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 3) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        sum(runs) as m0
    from (
        select
            `profile_id`,
            arrayFold((acc, i) -> if(arrayFirstIndex(run -> run.2 > acc.1, r) > 0, (r[arrayFirstIndex(run -> run.2 > acc.1, r)].1, acc.2 + 1), acc), range({p8:UInt8}), (toInt64(-9000000000000000000), toUInt64(0))).2 as runs
        from (
            select
                `profile_id`,
                arraySort(groupArrayArray(ends)) as r
            from (
                select
                    `profile_id`,
                    arrayFilter(r -> r.3, arrayMap((x, p) -> (x.1, p.2, bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p3:Int64}), m, arrayFill(y -> bitAnd(y.1, 3) = 2, m))) as ends
                from (
                    select
                        `profile_id`,
                        arraySort(arrayConcat(arrayMap(x -> (x.1 + 1, x.2), r), s0_0)) as m,
                        s0_0
                    from (
                        select
                            `profile_id`,
                            arrayFilter(r -> r.3, arrayMap((x, p) -> (x.1, p.2, bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p1:Int64}), m, arrayFill(y -> bitAnd(y.1, 3) = 2, m))) as r,
                            s0_0
                        from (
                            select
                                `profile_id`,
                                arraySort(arrayConcat(groupArrayIf((4 * ms + 2, 4 * ms + 1), e0), groupArrayIf((4 * ms + 1, 4 * ms + 1), e1))) as m,
                                groupArrayIf((4 * ms + 1, 4 * ms + 1), e2) as s0_0
                            from (
                                select
                                    s.`profile_id` as `profile_id`,
                                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                                    if(ifNull(s.properties.`item`.`sku`.:Float64 = 0, false), '0', ifNull(if(s.properties.`item`.`sku`.:String is not null, s.properties.`item`.`sku`.:String, if(startsWith(dynamicType(s.properties.`item`.`sku`), 'Array'), '', toString(s.properties.`item`.`sku`))), '')) as v0,
                                    s.event_name = {p0:String} as e0,
                                    s.event_name = {p2:String} as e1,
                                    s.event_name = {p4:String} as e2
                                from `sluice`.`events` as s
                                where s.event_name in {p7:Array(String)}
                                  and s.occurred_at > {p5:DateTime64(3, 'UTC')} and s.occurred_at <= {p6:DateTime64(3, 'UTC')}
                            )
                            where v0 != ''
                            group by `profile_id`, v0
                        )
                    )
                )
            )
            where notEmpty(ends)
            group by `profile_id`
        )
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
