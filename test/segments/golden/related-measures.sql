-- related-measures: the members
-- p0 = "2025-03-31 12:00:00.000"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "200.00"
-- p3 = "50.50"
-- p4 = "2026-01-01 00:00:00.000"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select r.`profile_id` as `profile_id`
    from `sluice`.`orders` as r
    left any join (
        select
            t.`store_id` as __key,
            toNullable(max(t.`city`)) as `city`
        from `sluice`.`stores` as t
        group by t.`store_id`
    ) as j0 on j0.__key = r.`store_id`
    group by r.`profile_id`
    having ifNull(sumOrNullIf(r.`amount`, ifNull(r.`ordered_at` > {p0:DateTime64(3, 'UTC')} and r.`ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)) >= {p2:Decimal(38, 2)}, false)
      or ifNull(toDecimal128(sumOrNull(r.`amount`), 2) > toDecimal128(countIf(r.`amount` is not null), 0) * {p3:Decimal(38, 2)}, false)
      or ifNull(maxOrNull(r.`ordered_at`) < {p4:DateTime64(3, 'UTC')}, false)
      or uniqExactIf(j0.`city`, ifNull(j0.`city` != '', false)) >= 3
)
  or `profile_id` in (
    select s as `profile_id`
    from (
        select `profile_id` as s, count() as occurrences
        from `sluice`.`orders`
        where `status` != ''
        group by `profile_id`, `status`
    )
    group by s
    having countIf(occurrences = 2) > 0
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.any.0
-- c2 = where.any.1
-- c3 = where.any.2
-- c4 = where.any.3
-- c5 = where.any.4
-- p0 = "2025-03-31 12:00:00.000"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "200.00"
-- p3 = "50.50"
-- p4 = "2026-01-01 00:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 or c2 or c3 or c4 or c5) as c0,
    toBool(ifNull(g0.m0 >= {p2:Decimal(38, 2)}, false)) as c1,
    toBool(ifNull(toDecimal128(g0.m1, 2) > toDecimal128(g0.m2, 0) * {p3:Decimal(38, 2)}, false)) as c2,
    toBool(ifNull(g0.m3 < {p4:DateTime64(3, 'UTC')}, false)) as c3,
    toBool(g0.m4 >= 3) as c4,
    toBool(g1.m0 > 0) as c5
from `sluice`.`profiles` as t0
left join (
    select
        r.`profile_id` as `profile_id`,
        sumOrNullIf(r.`amount`, ifNull(r.`ordered_at` > {p0:DateTime64(3, 'UTC')} and r.`ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)) as m0,
        sumOrNull(r.`amount`) as m1,
        countIf(r.`amount` is not null) as m2,
        maxOrNull(r.`ordered_at`) as m3,
        uniqExactIf(j0.`city`, ifNull(j0.`city` != '', false)) as m4
    from `sluice`.`orders` as r
    left any join (
        select
            t.`store_id` as __key,
            toNullable(max(t.`city`)) as `city`
        from `sluice`.`stores` as t
        group by t.`store_id`
    ) as j0 on j0.__key = r.`store_id`
    group by r.`profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`
left join (
    select
        s as `profile_id`,
        countIf(occurrences = 2) as m0
    from (
        select `profile_id` as s, count() as occurrences
        from `sluice`.`orders`
        where `status` != ''
        group by `profile_id`, `status`
    )
    group by s
) as g1 on g1.`profile_id` = t0.`profile_id`;
