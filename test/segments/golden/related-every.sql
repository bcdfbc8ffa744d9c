-- related-every: the members
-- p0 = "UTC"
-- p1 = "2026-01-01 00:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "paid"
select `profile_id`
from `sluice`.`orders`
group by `profile_id`
having (countIf(ifNull(toDateTime64(`shipped_on`, 3, {p0:String}) >= {p1:DateTime64(3, 'UTC')} and toDateTime64(`shipped_on`, 3, {p0:String}) <= {p2:DateTime64(3, 'UTC')}, false)) > 0 and countIf(ifNull(toDateTime64(`shipped_on`, 3, {p0:String}) >= {p1:DateTime64(3, 'UTC')} and toDateTime64(`shipped_on`, 3, {p0:String}) <= {p2:DateTime64(3, 'UTC')}, false) and not (`status` = {p3:String} and ifNull(`store_id` in (
    select `store_id`
    from (
        select
            t.`store_id` as `store_id`,
            max(t.`city`) as `city`
        from `sluice`.`stores` as t
        group by t.`store_id`
    )
    where ifNull(`city` != '', false)
), false))) = 0)
  and countIf(ifNull(`is_gift`, false)) = 0;

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = "UTC"
-- p1 = "2026-01-01 00:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "paid"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(g0.m0 > 0 and g0.m1 = 0) as c1,
    toBool(g0.m2 = 0) as c2
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        countIf(ifNull(toDateTime64(`shipped_on`, 3, {p0:String}) >= {p1:DateTime64(3, 'UTC')} and toDateTime64(`shipped_on`, 3, {p0:String}) <= {p2:DateTime64(3, 'UTC')}, false)) as m0,
        countIf(ifNull(toDateTime64(`shipped_on`, 3, {p0:String}) >= {p1:DateTime64(3, 'UTC')} and toDateTime64(`shipped_on`, 3, {p0:String}) <= {p2:DateTime64(3, 'UTC')}, false) and not (`status` = {p3:String} and ifNull(`store_id` in (
        select `store_id`
        from (
            select
                t.`store_id` as `store_id`,
                max(t.`city`) as `city`
            from `sluice`.`stores` as t
            group by t.`store_id`
        )
        where ifNull(`city` != '', false)
    ), false))) as m1,
        countIf(ifNull(`is_gift`, false)) as m2
    from `sluice`.`orders`
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
