-- trait-two-tables: the members
-- p0 = "Gent"
-- p1 = "3"
-- p2 = "1"
select `profile_id`
from `sluice`.`profile_traits`
where `profile_id` in (
    select `profile_id`
    from `sluice`.`profiles`
    where `city` = {p0:String}
)
  and `order_count` >= {p1:UInt32}
  and ifNull(`score` > {p2:Float64}, false);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- p0 = "Gent"
-- p1 = "3"
-- p2 = "1"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3) as c0,
    toBool(t0.`city` = {p0:String}) as c1,
    toBool(ifNull(t1.`order_count` >= {p1:UInt32}, false)) as c2,
    toBool(ifNull(t1.`score` > {p2:Float64}, false)) as c3
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(t.`order_count`) as `order_count`,
        t.`score` as `score`
    from `sluice`.`profile_traits` as t
) as t1 on t1.`profile_id` = t0.`profile_id`;
