-- event-since-until: the members
-- p0 = "Page Viewed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "Europe/Amsterdam"
select s.`profile_id` as `profile_id`
from `sluice`.`events` as s
inner join `sluice`.`profiles` as t0 on t0.`profile_id` = s.`profile_id`
inner join `sluice`.`profile_traits` as t1 on t1.`profile_id` = s.`profile_id`
where s.event_name = {p0:String}
  and s.occurred_at <= {p1:DateTime64(3, 'UTC')}
  and toDate32(s.occurred_at, {p2:String}) >= t0.`birthday_on`
  and s.occurred_at <= t1.`last_order_at`
group by s.`profile_id`;

-- Each condition, for everybody
-- c0 = where
-- p0 = "Page Viewed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "Europe/Amsterdam"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 1) as c0
from `sluice`.`profiles` as t0
left join (
    select
        s.`profile_id` as `profile_id`,
        count() as m0
    from `sluice`.`events` as s
    inner join `sluice`.`profiles` as t0 on t0.`profile_id` = s.`profile_id`
    inner join `sluice`.`profile_traits` as t1 on t1.`profile_id` = s.`profile_id`
    where s.event_name = {p0:String}
      and s.occurred_at <= {p1:DateTime64(3, 'UTC')}
      and toDate32(s.occurred_at, {p2:String}) >= t0.`birthday_on`
      and s.occurred_at <= t1.`last_order_at`
    group by s.`profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
