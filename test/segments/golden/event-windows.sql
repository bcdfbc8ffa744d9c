-- event-windows: the members
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2025-12-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "Order Completed"
-- p4 = "2026-03-01 12:00:00.000"
-- p5 = "Page Viewed"
-- p6 = "2026-01-01 00:00:00.000"
-- p7 = "2026-02-01 00:00:00.000"
select `profile_id`
from `sluice`.`events`
where event_name in {p0:Array(String)}
  and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
group by `profile_id`
having countIf(event_name = {p3:String} and occurred_at <= {p4:DateTime64(3, 'UTC')}) >= 2
  and countIf(event_name = {p3:String} and occurred_at > {p4:DateTime64(3, 'UTC')}) <= 1
  and countIf(event_name = {p5:String} and occurred_at >= {p6:DateTime64(3, 'UTC')} and occurred_at < {p7:DateTime64(3, 'UTC')}) >= 1;

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2025-12-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "Order Completed"
-- p4 = "2026-03-01 12:00:00.000"
-- p5 = "Page Viewed"
-- p6 = "2026-01-01 00:00:00.000"
-- p7 = "2026-02-01 00:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3) as c0,
    toBool(g0.m0 >= 2) as c1,
    toBool(g0.m1 <= 1) as c2,
    toBool(g0.m2 >= 1) as c3
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        countIf(event_name = {p3:String} and occurred_at <= {p4:DateTime64(3, 'UTC')}) as m0,
        countIf(event_name = {p3:String} and occurred_at > {p4:DateTime64(3, 'UTC')}) as m1,
        countIf(event_name = {p5:String} and occurred_at >= {p6:DateTime64(3, 'UTC')} and occurred_at < {p7:DateTime64(3, 'UTC')}) as m2
    from `sluice`.`events`
    where event_name in {p0:Array(String)}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
