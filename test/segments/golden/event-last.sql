-- event-last: the members
-- p0 = ["","Item Returned"]
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "UTC"
-- p3 = "Page Viewed"
-- p4 = "cart"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from (
        select
            `profile_id`,
            maxOrNullIf(toDateTime64(occurred_at, 6, 'UTC'), event_name = {p3:String} and ifNull(properties.`category`.:String = {p4:String}, false)) as n0,
            maxOrNull(toDateTime64(occurred_at, 6, 'UTC')) as n1
        from `sluice`.`events`
        where event_name not in {p0:Array(String)}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        select
            s.`customer_id` as `profile_id`,
            null as n0,
            maxOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p2:String}), 6, 'UTC')) as n1
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p2:String}) <= {p1:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
    having ifNull(max(n0) = max(n1), false)
);

-- Each condition, for everybody
-- c0 = where
-- p0 = ["","Item Returned"]
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "UTC"
-- p3 = "Page Viewed"
-- p4 = "cart"
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(g0.m0 = g0.m1, false)) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        max(n0) as m0,
        max(n1) as m1
    from (
        select
            `profile_id`,
            maxOrNullIf(toDateTime64(occurred_at, 6, 'UTC'), event_name = {p3:String} and ifNull(properties.`category`.:String = {p4:String}, false)) as n0,
            maxOrNull(toDateTime64(occurred_at, 6, 'UTC')) as n1
        from `sluice`.`events`
        where event_name not in {p0:Array(String)}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        select
            s.`customer_id` as `profile_id`,
            null as n0,
            maxOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p2:String}), 6, 'UTC')) as n1
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p2:String}) <= {p1:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
