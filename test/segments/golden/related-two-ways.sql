-- related-two-ways: the members
-- p0 = "3"
-- p1 = "Gent"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` not in (
    select `profile_id`
    from `sluice`.`orders`
    where `order_id` in (
        select `order_id`
        from `sluice`.`order_lines`
        where ifNull(`product_id` in (
            select `product_id`
            from `sluice`.`products`
            where `size` > {p0:UInt16}
        ), false)
    )
)
  and `profile_id` not in (
    select `profile_id`
    from `sluice`.`account_members`
    group by `profile_id`
    having count() > 1
)
  and `city` = {p1:String};

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.0.not
-- c3 = where.all.1
-- c4 = where.all.2
-- p0 = "3"
-- p1 = "Gent"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c3 and c4) as c0,
    toBool(not c2) as c1,
    toBool(g0.m0 >= 1) as c2,
    toBool(g1.m0 <= 1) as c3,
    toBool(t0.`city` = {p1:String}) as c4
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`orders`
    where `order_id` in (
        select `order_id`
        from `sluice`.`order_lines`
        where ifNull(`product_id` in (
            select `product_id`
            from `sluice`.`products`
            where `size` > {p0:UInt16}
        ), false)
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`account_members`
    group by `profile_id`
) as g1 on g1.`profile_id` = t0.`profile_id`;
