-- event-calendar: the members
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2025-11-30 23:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "Order Completed"
-- p4 = "2026-02-28 23:00:00.000"
-- p5 = "Page Viewed"
-- p6 = "2025-12-31 13:00:00.000"
-- p7 = "2026-03-30 12:00:00.000"
-- p8 = "2026-03-31 11:30:00.000"
-- p9 = "2026-03-22 23:00:00.000"
-- p10 = "2026-03-29 22:00:00.000"
select `profile_id`
from `sluice`.`events`
where event_name in {p0:Array(String)}
  and occurred_at >= {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
group by `profile_id`
having countIf(event_name = {p3:String} and occurred_at >= {p4:DateTime64(3, 'UTC')}) >= 2
  and countIf(event_name = {p3:String} and occurred_at < {p4:DateTime64(3, 'UTC')}) <= 4
  and countIf(event_name = {p5:String} and occurred_at > {p6:DateTime64(3, 'UTC')}) >= 1
  and countIf(event_name = {p5:String} and occurred_at > {p7:DateTime64(3, 'UTC')} and occurred_at <= {p8:DateTime64(3, 'UTC')}) = 0
  and countIf(event_name = {p5:String} and occurred_at >= {p9:DateTime64(3, 'UTC')} and occurred_at < {p10:DateTime64(3, 'UTC')}) >= 1;

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.3
-- c5 = where.all.4
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2025-11-30 23:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "Order Completed"
-- p4 = "2026-02-28 23:00:00.000"
-- p5 = "Page Viewed"
-- p6 = "2025-12-31 13:00:00.000"
-- p7 = "2026-03-30 12:00:00.000"
-- p8 = "2026-03-31 11:30:00.000"
-- p9 = "2026-03-22 23:00:00.000"
-- p10 = "2026-03-29 22:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3 and c4 and c5) as c0,
    toBool(g0.m0 >= 2) as c1,
    toBool(g0.m1 <= 4) as c2,
    toBool(g0.m2 >= 1) as c3,
    toBool(g0.m3 = 0) as c4,
    toBool(g0.m4 >= 1) as c5
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        countIf(event_name = {p3:String} and occurred_at >= {p4:DateTime64(3, 'UTC')}) as m0,
        countIf(event_name = {p3:String} and occurred_at < {p4:DateTime64(3, 'UTC')}) as m1,
        countIf(event_name = {p5:String} and occurred_at > {p6:DateTime64(3, 'UTC')}) as m2,
        countIf(event_name = {p5:String} and occurred_at > {p7:DateTime64(3, 'UTC')} and occurred_at <= {p8:DateTime64(3, 'UTC')}) as m3,
        countIf(event_name = {p5:String} and occurred_at >= {p9:DateTime64(3, 'UTC')} and occurred_at < {p10:DateTime64(3, 'UTC')}) as m4
    from `sluice`.`events`
    where event_name in {p0:Array(String)}
      and occurred_at >= {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
