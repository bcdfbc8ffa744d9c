-- trait-now: the members
-- p0 = "2026-03-31 12:00:00.000"
-- p1 = "2026-03-31"
select `profile_id`
from `sluice`.`profile_traits`
where ifNull(`last_order_at` < {p0:DateTime64(3, 'UTC')}, false)
  and `profile_id` in (
    select `profile_id`
    from `sluice`.`profiles`
    where ifNull(`birthday_on` > {p1:Date32}, false)
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = "2026-03-31 12:00:00.000"
-- p1 = "2026-03-31"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(ifNull(t1.`last_order_at` < {p0:DateTime64(3, 'UTC')}, false)) as c1,
    toBool(ifNull(t0.`birthday_on` > {p1:Date32}, false)) as c2
from `sluice`.`profiles` as t0
left join `sluice`.`profile_traits` as t1 on t1.`profile_id` = t0.`profile_id`;
