-- sequence-since-last: the members
-- p0 = "Gent"
-- p1 = "Order Completed"
-- p2 = "Page Viewed"
-- p3 = "2026-03-31 12:00:00.000"
-- p4 = ["Order Completed","Page Viewed"]
-- p5 = 14399999
-- p6 = "App Opened"
-- p7 = ["App Opened","Order Completed","Page Viewed"]
-- p8 = 2
select `profile_id`
from `sluice`.`profiles`
where `city` = {p0:String}
  and `profile_id` in (
    select `profile_id`
    from (
        select `profile_id`
        from (
            select
                `profile_id`,
                arraySort(arrayConcat(if(countIf(e0) > 0, [maxIf(4 * ms + 2, e0)], []), if(countIf(e1) > 0, [maxIf(4 * ms + 1, e1)], []))) as m
            from (
                select
                    s.`profile_id` as `profile_id`,
                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                    s.event_name = {p1:String} as e0,
                    s.event_name = {p2:String} as e1
                from `sluice`.`events` as s
                where s.event_name in {p4:Array(String)}
                  and s.occurred_at <= {p3:DateTime64(3, 'UTC')}
            )
            group by `profile_id`
        )
        where arrayExists((x, p) -> bitAnd(x, 3) = 1 and bitAnd(p, 3) = 2, m, arrayFill(y -> bitAnd(y, 3) = 2, m))
    )
)
  and `profile_id` not in (
    select `profile_id`
    from (
        select
            `profile_id`,
            arrayFold((acc, i) -> if(arrayFirstIndex(run -> run.2 > acc.1, r) > 0, (r[arrayFirstIndex(run -> run.2 > acc.1, r)].1, acc.2 + 1), acc), range({p8:UInt8}), (toInt64(-9000000000000000000), toUInt64(0))).2 as runs
        from (
            select
                `profile_id`,
                ends as r
            from (
                select
                    `profile_id`,
                    arrayFilter(r -> r.3, arrayMap((x, p) -> (x.1, p.2, bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p5:Int64}), m, arrayFill(y -> bitAnd(y.1, 3) = 2, m))) as ends
                from (
                    select
                        `profile_id`,
                        arraySort(arrayConcat(arrayMap(x -> (x.1 + 1, x.2), r), s0_0)) as m,
                        s0_0
                    from (
                        select
                            `profile_id`,
                            arrayFilter(r -> r.3, arrayMap((x, p) -> (x.1, p.2, bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p5:Int64}), m, arrayFill(y -> bitAnd(y.1, 3) = 2, m))) as r,
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
                                    s.event_name = {p1:String} as e0,
                                    s.event_name = {p2:String} as e1,
                                    s.event_name = {p6:String} as e2
                                from `sluice`.`events` as s
                                where s.event_name in {p7:Array(String)}
                                  and s.occurred_at <= {p3:DateTime64(3, 'UTC')}
                            )
                            group by `profile_id`
                        )
                    )
                )
            )
            where notEmpty(ends)
        )
    )
    group by `profile_id`
    having sum(runs) > 1
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.2.not
-- p0 = "Order Completed"
-- p1 = "Page Viewed"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = ["Order Completed","Page Viewed"]
-- p4 = 14399999
-- p5 = "App Opened"
-- p6 = ["App Opened","Order Completed","Page Viewed"]
-- p7 = 2
-- p8 = "Gent"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3) as c0,
    toBool(t0.`city` = {p8:String}) as c1,
    toBool(g0.m0 >= 1) as c2,
    toBool(not c4) as c3,
    toBool(g1.m0 > 1) as c4
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from (
        select `profile_id`
        from (
            select
                `profile_id`,
                arraySort(arrayConcat(if(countIf(e0) > 0, [maxIf(4 * ms + 2, e0)], []), if(countIf(e1) > 0, [maxIf(4 * ms + 1, e1)], []))) as m
            from (
                select
                    s.`profile_id` as `profile_id`,
                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                    s.event_name = {p0:String} as e0,
                    s.event_name = {p1:String} as e1
                from `sluice`.`events` as s
                where s.event_name in {p3:Array(String)}
                  and s.occurred_at <= {p2:DateTime64(3, 'UTC')}
            )
            group by `profile_id`
        )
        where arrayExists((x, p) -> bitAnd(x, 3) = 1 and bitAnd(p, 3) = 2, m, arrayFill(y -> bitAnd(y, 3) = 2, m))
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        sum(runs) as m0
    from (
        select
            `profile_id`,
            arrayFold((acc, i) -> if(arrayFirstIndex(run -> run.2 > acc.1, r) > 0, (r[arrayFirstIndex(run -> run.2 > acc.1, r)].1, acc.2 + 1), acc), range({p7:UInt8}), (toInt64(-9000000000000000000), toUInt64(0))).2 as runs
        from (
            select
                `profile_id`,
                ends as r
            from (
                select
                    `profile_id`,
                    arrayFilter(r -> r.3, arrayMap((x, p) -> (x.1, p.2, bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p4:Int64}), m, arrayFill(y -> bitAnd(y.1, 3) = 2, m))) as ends
                from (
                    select
                        `profile_id`,
                        arraySort(arrayConcat(arrayMap(x -> (x.1 + 1, x.2), r), s0_0)) as m,
                        s0_0
                    from (
                        select
                            `profile_id`,
                            arrayFilter(r -> r.3, arrayMap((x, p) -> (x.1, p.2, bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p4:Int64}), m, arrayFill(y -> bitAnd(y.1, 3) = 2, m))) as r,
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
                                    s.event_name = {p0:String} as e0,
                                    s.event_name = {p1:String} as e1,
                                    s.event_name = {p5:String} as e2
                                from `sluice`.`events` as s
                                where s.event_name in {p6:Array(String)}
                                  and s.occurred_at <= {p2:DateTime64(3, 'UTC')}
                            )
                            group by `profile_id`
                        )
                    )
                )
            )
            where notEmpty(ends)
        )
    )
    group by `profile_id`
) as g1 on g1.`profile_id` = t0.`profile_id`;
