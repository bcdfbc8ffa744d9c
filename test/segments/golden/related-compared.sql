-- related-compared: the members
-- p0 = "2026-03-01 00:00:00.000"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "2025-12-01 00:00:00.000"
-- p3 = "2026-03-01 12:00:00.000"
-- p4 = "2026-01-30 12:00:00.000"
select `profile_id`
from `sluice`.`orders`
group by `profile_id`
having ifNull(toDecimal256(sumOrNullIf(`amount`, ifNull(`ordered_at` >= {p0:DateTime64(3, 'UTC')} and `ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)), 2) * 6 < toDecimal256(sumOrNullIf(`amount`, ifNull(`ordered_at` >= {p2:DateTime64(3, 'UTC')} and `ordered_at` < {p0:DateTime64(3, 'UTC')}, false)), 2), false)
  and ifNull(countIf(ifNull(`ordered_at` > {p3:DateTime64(3, 'UTC')} and `ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)) > countIf(ifNull(`ordered_at` > {p4:DateTime64(3, 'UTC')} and `ordered_at` <= {p3:DateTime64(3, 'UTC')}, false)), false);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = "2026-03-01 00:00:00.000"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "2025-12-01 00:00:00.000"
-- p3 = "2026-03-01 12:00:00.000"
-- p4 = "2026-01-30 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(ifNull(toDecimal256(g0.m0, 2) * 6 < toDecimal256(g0.m1, 2), false)) as c1,
    toBool(ifNull(g0.m2 > g0.m3, false)) as c2
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        sumOrNullIf(`amount`, ifNull(`ordered_at` >= {p0:DateTime64(3, 'UTC')} and `ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)) as m0,
        sumOrNullIf(`amount`, ifNull(`ordered_at` >= {p2:DateTime64(3, 'UTC')} and `ordered_at` < {p0:DateTime64(3, 'UTC')}, false)) as m1,
        countIf(ifNull(`ordered_at` > {p3:DateTime64(3, 'UTC')} and `ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)) as m2,
        countIf(ifNull(`ordered_at` > {p4:DateTime64(3, 'UTC')} and `ordered_at` <= {p3:DateTime64(3, 'UTC')}, false)) as m3
    from `sluice`.`orders`
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
