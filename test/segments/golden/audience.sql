-- audience: the members
-- p0 = "Order Completed"
-- p1 = "2026-03-01 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `person_id`
    from `sluice`.`regulars`
    where `person_id` is not null
)
  and `profile_id` not in (
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = "Order Completed"
-- p1 = "2026-03-01 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(t0.`profile_id` in (
    select `person_id`
    from `sluice`.`regulars`
    where `person_id` is not null
)) as c1,
    toBool(g0.m0 = 0) as c2
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
