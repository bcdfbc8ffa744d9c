-- related-far: the members
select p.s as `profile_id`
from (
    select distinct p.s as s, t.`product_id` as v
    from `sluice`.`order_lines` as t
    inner join (
        select t.`profile_id` as s, t.`order_id` as v
        from `sluice`.`orders` as t
    ) as p on p.v = t.`order_id`
) as p
inner join (
    select r.`product_id` as `product_id`, r.`category` as `category`
    from `sluice`.`products` as r
    where not (ifNull(r.`category` != '', false))
) as r on p.v = r.`product_id`
group by p.s
having count() between 2 and 3;

-- Each condition, for everybody
-- c0 = where
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 between 2 and 3) as c0
from `sluice`.`profiles` as t0
left join (
    select
        p.s as `profile_id`,
        count() as m0
    from (
        select distinct p.s as s, t.`product_id` as v
        from `sluice`.`order_lines` as t
        inner join (
            select t.`profile_id` as s, t.`order_id` as v
            from `sluice`.`orders` as t
        ) as p on p.v = t.`order_id`
    ) as p
    inner join (
        select r.`product_id` as `product_id`, r.`category` as `category`
        from `sluice`.`products` as r
        where not (ifNull(r.`category` != '', false))
    ) as r on p.v = r.`product_id`
    group by p.s
) as g0 on g0.`profile_id` = t0.`profile_id`;
