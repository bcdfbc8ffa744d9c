-- sequence-not-between: the members
-- p0 = "UTC"
-- p1 = "Order Completed"
-- p2 = "tea"
-- p3 = 10366800003
-- p4 = -1199995
-- p5 = "coffee"
-- p6 = 7097414400001
-- p7 = 2419199999
-- p8 = ["Complaint Made","Page Viewed"]
-- p9 = 1199998
-- p10 = "2026-03-31 12:00:00.000"
-- p11 = ["Complaint Made","Order Completed","Page Viewed"]
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from (
        select `profile_id`
        from (
            select
                `profile_id`,
                arraySort(arrayConcat(r, s0_0)) as m,
                s0_0
            from (
                select
                    `profile_id`,
                    arrayFilter((x, p, w) -> bitAnd(x, 3) = 1 and bitAnd(p, 3) = 2 and x - p <= {p3:Int64} and (bitAnd(w, 3) != 3 or w - p <= {p4:Int64}), m, arrayFill(y -> bitAnd(y, 3) = 2, m), arrayFill(y -> bitAnd(y, 3) = 3, m)) as r,
                    s0_0
                from (
                    select
                        `profile_id`,
                        arraySort(arrayConcat(groupArrayIf(4 * ms + {p9:Int64}, e0), groupArrayIf(4 * ms + 1, e1), groupArrayIf(4 * ms + 3, e2))) as m,
                        groupArrayIf(4 * ms + 0, e3) as s0_0
                    from (
                        select
                            s.`profile_id` as `profile_id`,
                            assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                            s.event_name = {p1:String} and ifNull(s.properties.`category`.:String = {p2:String}, false) as e0,
                            s.event_name = {p1:String} and ifNull(s.properties.`category`.:String = {p5:String}, false) as e1,
                            false as e2,
                            s.event_name in {p8:Array(String)} as e3
                        from `sluice`.`events` as s
                        where s.event_name in {p11:Array(String)}
                          and s.occurred_at <= {p10:DateTime64(3, 'UTC')}
                        union all
                        select
                            s.`customer_id` as `profile_id`,
                            assumeNotNull(toUnixTimestamp64Milli(toDateTime64(toDateTime64(s.`returned_on`, 3, {p0:String}), 3))) as ms,
                            false as e0,
                            false as e1,
                            true as e2,
                            false as e3
                        from `sluice`.`returns` as s
                        where toDateTime64(s.`returned_on`, 3, {p0:String}) <= {p10:DateTime64(3, 'UTC')}
                    )
                    where (e0 or e1 or e2 or e3)
                    group by `profile_id`
                )
            )
        )
        where arrayExists((x, p) -> bitAnd(x, 3) = 1 and x <= {p6:Int64} and (bitAnd(p, 3) != 0 or p - x > {p7:Int64}), m, arrayReverseFill(y -> bitAnd(y, 3) = 0, m))
    )
);

-- Each condition, for everybody
-- c0 = where
-- p0 = "UTC"
-- p1 = "Order Completed"
-- p2 = "tea"
-- p3 = 10366800003
-- p4 = -1199995
-- p5 = "coffee"
-- p6 = 7097414400001
-- p7 = 2419199999
-- p8 = ["Complaint Made","Page Viewed"]
-- p9 = 1199998
-- p10 = "2026-03-31 12:00:00.000"
-- p11 = ["Complaint Made","Order Completed","Page Viewed"]
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 1) as c0
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
                arraySort(arrayConcat(r, s0_0)) as m,
                s0_0
            from (
                select
                    `profile_id`,
                    arrayFilter((x, p, w) -> bitAnd(x, 3) = 1 and bitAnd(p, 3) = 2 and x - p <= {p3:Int64} and (bitAnd(w, 3) != 3 or w - p <= {p4:Int64}), m, arrayFill(y -> bitAnd(y, 3) = 2, m), arrayFill(y -> bitAnd(y, 3) = 3, m)) as r,
                    s0_0
                from (
                    select
                        `profile_id`,
                        arraySort(arrayConcat(groupArrayIf(4 * ms + {p9:Int64}, e0), groupArrayIf(4 * ms + 1, e1), groupArrayIf(4 * ms + 3, e2))) as m,
                        groupArrayIf(4 * ms + 0, e3) as s0_0
                    from (
                        select
                            s.`profile_id` as `profile_id`,
                            assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                            s.event_name = {p1:String} and ifNull(s.properties.`category`.:String = {p2:String}, false) as e0,
                            s.event_name = {p1:String} and ifNull(s.properties.`category`.:String = {p5:String}, false) as e1,
                            false as e2,
                            s.event_name in {p8:Array(String)} as e3
                        from `sluice`.`events` as s
                        where s.event_name in {p11:Array(String)}
                          and s.occurred_at <= {p10:DateTime64(3, 'UTC')}
                        union all
                        select
                            s.`customer_id` as `profile_id`,
                            assumeNotNull(toUnixTimestamp64Milli(toDateTime64(toDateTime64(s.`returned_on`, 3, {p0:String}), 3))) as ms,
                            false as e0,
                            false as e1,
                            true as e2,
                            false as e3
                        from `sluice`.`returns` as s
                        where toDateTime64(s.`returned_on`, 3, {p0:String}) <= {p10:DateTime64(3, 'UTC')}
                    )
                    where (e0 or e1 or e2 or e3)
                    group by `profile_id`
                )
            )
        )
        where arrayExists((x, p) -> bitAnd(x, 3) = 1 and x <= {p6:Int64} and (bitAnd(p, 3) != 0 or p - x > {p7:Int64}), m, arrayReverseFill(y -> bitAnd(y, 3) = 0, m))
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
