-- related-count: the members
-- p0 = "367"
-- p1 = "2025-10-02 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
select `profile_id`
from `sluice`.`orders`
where ifNull(`store_id` = {p0:UInt16}, false)
  and ifNull(`ordered_at` > {p1:DateTime64(3, 'UTC')} and `ordered_at` <= {p2:DateTime64(3, 'UTC')}, false)
group by `profile_id`
having count() >= 5;

-- Each condition, for everybody
-- c0 = where
-- p0 = "367"
-- p1 = "2025-10-02 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 5) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`orders`
    where ifNull(`store_id` = {p0:UInt16}, false)
      and ifNull(`ordered_at` > {p1:DateTime64(3, 'UTC')} and `ordered_at` <= {p2:DateTime64(3, 'UTC')}, false)
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
