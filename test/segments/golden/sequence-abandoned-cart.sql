-- sequence-abandoned-cart: the members
-- p0 = "Product Added"
-- p1 = 7099488000001
-- p2 = 345599999
-- p3 = "Order Completed"
-- p4 = "2026-03-01 12:00:00.000"
-- p5 = "2026-03-31 12:00:00.000"
-- p6 = ["Order Completed","Product Added"]
select `profile_id`
from (
    select `profile_id`
    from (
        select
            `profile_id`,
            arraySort(groupArray(4 * ms + multiIf(e0, 1, 0))) as m
        from (
            select
                s.`profile_id` as `profile_id`,
                assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                s.event_name = {p0:String} as e0,
                s.event_name = {p3:String} as e1
            from `sluice`.`events` as s
            where s.event_name in {p6:Array(String)}
              and s.occurred_at > {p4:DateTime64(3, 'UTC')} and s.occurred_at <= {p5:DateTime64(3, 'UTC')}
        )
        group by `profile_id`
    )
    where arrayExists((x, p) -> bitAnd(x, 3) = 1 and x <= {p1:Int64} and (bitAnd(p, 3) != 0 or p - x > {p2:Int64}), m, arrayReverseFill(y -> bitAnd(y, 3) = 0, m))
)
group by `profile_id`;

-- Each condition, for everybody
-- c0 = where
-- p0 = "Product Added"
-- p1 = 7099488000001
-- p2 = 345599999
-- p3 = "Order Completed"
-- p4 = "2026-03-01 12:00:00.000"
-- p5 = "2026-03-31 12:00:00.000"
-- p6 = ["Order Completed","Product Added"]
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
                arraySort(groupArray(4 * ms + multiIf(e0, 1, 0))) as m
            from (
                select
                    s.`profile_id` as `profile_id`,
                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                    s.event_name = {p0:String} as e0,
                    s.event_name = {p3:String} as e1
                from `sluice`.`events` as s
                where s.event_name in {p6:Array(String)}
                  and s.occurred_at > {p4:DateTime64(3, 'UTC')} and s.occurred_at <= {p5:DateTime64(3, 'UTC')}
            )
            group by `profile_id`
        )
        where arrayExists((x, p) -> bitAnd(x, 3) = 1 and x <= {p1:Int64} and (bitAnd(p, 3) != 0 or p - x > {p2:Int64}), m, arrayReverseFill(y -> bitAnd(y, 3) = 0, m))
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
