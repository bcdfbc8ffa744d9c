-- event-at-least-once: the members
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
select `profile_id`
from `sluice`.`events`
where event_name = {p0:String}
  and occurred_at <= {p1:DateTime64(3, 'UTC')}
group by `profile_id`;

-- Each condition, for everybody
-- c0 = where
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 1) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
