-- event-first: the members
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "Order Completed"
-- p3 = "store"
-- p4 = "Page Viewed"
select `profile_id`
from `sluice`.`events`
where event_name in {p0:Array(String)}
  and occurred_at <= {p1:DateTime64(3, 'UTC')}
group by `profile_id`
having ifNull(minOrNullIf(occurred_at, event_name = {p2:String} and `source` = {p3:String}) = minOrNullIf(occurred_at, event_name = {p2:String}), false)
  and countIf(event_name = {p4:String}) >= 2;

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "Order Completed"
-- p3 = "store"
-- p4 = "Page Viewed"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(ifNull(g0.m0 = g0.m1, false)) as c1,
    toBool(g0.m2 >= 2) as c2
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        minOrNullIf(occurred_at, event_name = {p2:String} and `source` = {p3:String}) as m0,
        minOrNullIf(occurred_at, event_name = {p2:String}) as m1,
        countIf(event_name = {p4:String}) as m2
    from `sluice`.`events`
    where event_name in {p0:Array(String)}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
