-- sequence-second-order: the members
-- p0 = "Order Completed"
-- p1 = 20735999999
-- p2 = "2026-03-31 12:00:00.000"
select `profile_id`
from (
    select `profile_id`
    from (
        select
            `profile_id`,
            arraySort(arrayConcat(if(countIf(e0) > 0, [minIf(4 * ms + 2, e0)], []), groupArrayIf(4 * ms + 1, e0))) as m
        from (
            select
                s.`profile_id` as `profile_id`,
                assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                s.event_name = {p0:String} as e0
            from `sluice`.`events` as s
            where s.event_name = {p0:String}
              and s.occurred_at <= {p2:DateTime64(3, 'UTC')}
        )
        group by `profile_id`
    )
    where arrayExists((x, p) -> bitAnd(x, 3) = 1 and bitAnd(p, 3) = 2 and x - p <= {p1:Int64}, m, arrayFill(y -> bitAnd(y, 3) = 2, m))
)
group by `profile_id`;

-- Each condition, for everybody
-- c0 = where
-- p0 = "Order Completed"
-- p1 = 20735999999
-- p2 = "2026-03-31 12:00:00.000"
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
                arraySort(arrayConcat(if(countIf(e0) > 0, [minIf(4 * ms + 2, e0)], []), groupArrayIf(4 * ms + 1, e0))) as m
            from (
                select
                    s.`profile_id` as `profile_id`,
                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                    s.event_name = {p0:String} as e0
                from `sluice`.`events` as s
                where s.event_name = {p0:String}
                  and s.occurred_at <= {p2:DateTime64(3, 'UTC')}
            )
            group by `profile_id`
        )
        where arrayExists((x, p) -> bitAnd(x, 3) = 1 and bitAnd(p, 3) = 2 and x - p <= {p1:Int64}, m, arrayFill(y -> bitAnd(y, 3) = 2, m))
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
