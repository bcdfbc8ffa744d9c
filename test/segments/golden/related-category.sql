-- related-category: the members
-- p0 = ["tea","coffee"]
-- p1 = "cancelled"
select `profile_id`
from `sluice`.`orders`
where (not (`status` = {p1:String}) and `status` != '')
  and `order_id` in (
    select `order_id`
    from `sluice`.`order_lines`
    where ifNull(`product_id` in (
        select `product_id`
        from `sluice`.`products`
        where ifNull(`category` in {p0:Array(String)}, false)
    ), false)
)
group by `profile_id`;

-- Each condition, for everybody
-- c0 = where
-- p0 = ["tea","coffee"]
-- p1 = "cancelled"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 1) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`orders`
    where (not (`status` = {p1:String}) and `status` != '')
      and `order_id` in (
        select `order_id`
        from `sluice`.`order_lines`
        where ifNull(`product_id` in (
            select `product_id`
            from `sluice`.`products`
            where ifNull(`category` in {p0:Array(String)}, false)
        ), false)
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
