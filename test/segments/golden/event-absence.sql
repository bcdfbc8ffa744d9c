-- event-absence: the members
-- p0 = ["Page Viewed","Screen Viewed"]
-- p1 = "2026-01-30 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` not in (
    select `profile_id`
    from `sluice`.`events`
    where event_name in {p0:Array(String)}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
);

-- Each condition, for everybody
-- c0 = where
-- p0 = ["Page Viewed","Screen Viewed"]
-- p1 = "2026-01-30 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 = 0) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`events`
    where event_name in {p0:Array(String)}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
