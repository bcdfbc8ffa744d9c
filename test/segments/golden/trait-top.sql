-- trait-top: the members
-- p0 = "1"
-- p1 = "9"
-- p2 = "10"
-- p3 = "100"
select `profile_id`
from `sluice`.`profile_traits`
where ifNull(`lifetime_value` >= (
    select arrayReverseSort(groupArray(t0.`lifetime_value`))[intDiv(count() * {p0:UInt64} + {p1:UInt64}, {p2:UInt64})]
    from `sluice`.`profile_traits` as t0
), false)
  and ifNull(`last_order_at` <= (
    select max(edge)
    from (
        select t0.`last_order_at` as edge
        from `sluice`.`profile_traits` as t0
        where t0.`last_order_at` is not null
        order by edge
        limit {p3:UInt64}
    )
), false);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = "1"
-- p1 = "9"
-- p2 = "10"
-- p3 = "100"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(ifNull(t1.`lifetime_value` >= (
    select arrayReverseSort(groupArray(t0.`lifetime_value`))[intDiv(count() * {p0:UInt64} + {p1:UInt64}, {p2:UInt64})]
    from `sluice`.`profile_traits` as t0
), false)) as c1,
    toBool(ifNull(t1.`last_order_at` <= (
    select max(edge)
    from (
        select t0.`last_order_at` as edge
        from `sluice`.`profile_traits` as t0
        where t0.`last_order_at` is not null
        order by edge
        limit {p3:UInt64}
    )
), false)) as c2
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(t.`lifetime_value`) as `lifetime_value`,
        t.`last_order_at` as `last_order_at`
    from `sluice`.`profile_traits` as t
) as t1 on t1.`profile_id` = t0.`profile_id`;
