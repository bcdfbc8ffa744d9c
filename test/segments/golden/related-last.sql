-- related-last: the members
-- p0 = "cancelled"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "2025-03-31 12:00:00.000"
-- p3 = "Gent"
-- p4 = "100.00"
select `profile_id`
from `sluice`.`orders`
group by `profile_id`
having ifNull(maxOrNullIf(`ordered_at`, (not (`status` = {p0:String}) and `status` != '') and ifNull(`ordered_at` <= {p1:DateTime64(3, 'UTC')}, false) and ifNull(`store_id` in (
    select `store_id`
    from (
        select
            t.`store_id` as `store_id`,
            max(t.`city`) as `city`
        from `sluice`.`stores` as t
        group by t.`store_id`
    )
    where ifNull(`city` = {p3:String}, false)
), false)) = maxOrNullIf(`ordered_at`, (not (`status` = {p0:String}) and `status` != '') and ifNull(`ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)), false)
  and ifNull(minOrNullIf(`ordered_at`, ifNull(`ordered_at` > {p2:DateTime64(3, 'UTC')} and `ordered_at` <= {p1:DateTime64(3, 'UTC')}, false) and ifNull(`amount` >= {p4:Decimal(18, 2)}, false)) = minOrNullIf(`ordered_at`, ifNull(`ordered_at` > {p2:DateTime64(3, 'UTC')} and `ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)), false);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = "cancelled"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "2025-03-31 12:00:00.000"
-- p3 = "Gent"
-- p4 = "100.00"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(ifNull(g0.m0 = g0.m1, false)) as c1,
    toBool(ifNull(g0.m2 = g0.m3, false)) as c2
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        maxOrNullIf(`ordered_at`, (not (`status` = {p0:String}) and `status` != '') and ifNull(`ordered_at` <= {p1:DateTime64(3, 'UTC')}, false) and ifNull(`store_id` in (
        select `store_id`
        from (
            select
                t.`store_id` as `store_id`,
                max(t.`city`) as `city`
            from `sluice`.`stores` as t
            group by t.`store_id`
        )
        where ifNull(`city` = {p3:String}, false)
    ), false)) as m0,
        maxOrNullIf(`ordered_at`, (not (`status` = {p0:String}) and `status` != '') and ifNull(`ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)) as m1,
        minOrNullIf(`ordered_at`, ifNull(`ordered_at` > {p2:DateTime64(3, 'UTC')} and `ordered_at` <= {p1:DateTime64(3, 'UTC')}, false) and ifNull(`amount` >= {p4:Decimal(18, 2)}, false)) as m2,
        minOrNullIf(`ordered_at`, ifNull(`ordered_at` > {p2:DateTime64(3, 'UTC')} and `ordered_at` <= {p1:DateTime64(3, 'UTC')}, false)) as m3
    from `sluice`.`orders`
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
