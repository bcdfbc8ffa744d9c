-- streams-beside: the members
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2025-12-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "UTC"
-- p4 = "Order Completed"
-- p5 = "Page Viewed"
-- p6 = "2026-01-01 00:00:00.000"
-- p7 = "2026-02-01 00:00:00.000"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from (
        select
            `profile_id`,
            countIf(event_name = {p4:String}) as n0,
            0 as n1,
            countIf(event_name = {p5:String} and occurred_at >= {p6:DateTime64(3, 'UTC')} and occurred_at < {p7:DateTime64(3, 'UTC')}) as n2
        from `sluice`.`events`
        where event_name in {p0:Array(String)}
          and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        select
            s.`customer_id` as `profile_id`,
            0 as n0,
            count() as n1,
            0 as n2
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p3:String}) <= {p2:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
    having sum(n0) >= 2
      and sum(n1) = 0
      and sum(n2) >= 1
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2025-12-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "UTC"
-- p4 = "Order Completed"
-- p5 = "Page Viewed"
-- p6 = "2026-01-01 00:00:00.000"
-- p7 = "2026-02-01 00:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3) as c0,
    toBool(g0.m0 >= 2) as c1,
    toBool(g0.m1 = 0) as c2,
    toBool(g0.m2 >= 1) as c3
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        sum(n0) as m0,
        sum(n1) as m1,
        sum(n2) as m2
    from (
        select
            `profile_id`,
            countIf(event_name = {p4:String}) as n0,
            0 as n1,
            countIf(event_name = {p5:String} and occurred_at >= {p6:DateTime64(3, 'UTC')} and occurred_at < {p7:DateTime64(3, 'UTC')}) as n2
        from `sluice`.`events`
        where event_name in {p0:Array(String)}
          and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        select
            s.`customer_id` as `profile_id`,
            0 as n0,
            count() as n1,
            0 as n2
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p3:String}) <= {p2:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
