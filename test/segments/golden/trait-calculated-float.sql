-- trait-calculated-float: the members
-- p0 = "0.5"
select `profile_id`
from `sluice`.`profile_traits`
where ifNull(toFloat64(`lifetime_value`) < `score` * {p0:Float64} + toFloat64(`order_count`) and not isNaN(`score` * {p0:Float64} + toFloat64(`order_count`)), false);

-- Each condition, for everybody
-- c0 = where
-- p0 = "0.5"
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(toFloat64(t1.`lifetime_value`) < t1.`score` * {p0:Float64} + toFloat64(t1.`order_count`) and not isNaN(t1.`score` * {p0:Float64} + toFloat64(t1.`order_count`)), false)) as c0
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(t.`lifetime_value`) as `lifetime_value`,
        t.`score` as `score`,
        toNullable(t.`order_count`) as `order_count`
    from `sluice`.`profile_traits` as t
) as t1 on t1.`profile_id` = t0.`profile_id`;
