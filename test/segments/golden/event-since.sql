-- event-since: the members
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "Page Viewed"
-- p3 = "Order Completed"
-- p4 = "2026-03-01 12:00:00.000"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select s.`profile_id` as `profile_id`
    from `sluice`.`events` as s
    inner join `sluice`.`profile_traits` as t0 on t0.`profile_id` = s.`profile_id`
    where s.event_name in {p0:Array(String)}
      and s.occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by s.`profile_id`
    having countIf(s.event_name = {p2:String} and s.occurred_at > t0.`last_order_at`) >= 3
      and countIf(s.event_name = {p3:String} and s.occurred_at > t0.`last_order_at`) = 0
)
  and `profile_id` in (
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p2:String}
      and occurred_at > {p4:DateTime64(3, 'UTC')} and occurred_at <= {p1:DateTime64(3, 'UTC')}
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "Page Viewed"
-- p3 = "Order Completed"
-- p4 = "2026-03-01 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3) as c0,
    toBool(g0.m0 >= 3) as c1,
    toBool(g0.m1 = 0) as c2,
    toBool(g1.m0 >= 1) as c3
from `sluice`.`profiles` as t0
left join (
    select
        s.`profile_id` as `profile_id`,
        countIf(s.event_name = {p2:String} and s.occurred_at > t0.`last_order_at`) as m0,
        countIf(s.event_name = {p3:String} and s.occurred_at > t0.`last_order_at`) as m1
    from `sluice`.`events` as s
    inner join `sluice`.`profile_traits` as t0 on t0.`profile_id` = s.`profile_id`
    where s.event_name in {p0:Array(String)}
      and s.occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by s.`profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`events`
    where event_name = {p2:String}
      and occurred_at > {p4:DateTime64(3, 'UTC')} and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g1 on g1.`profile_id` = t0.`profile_id`;
