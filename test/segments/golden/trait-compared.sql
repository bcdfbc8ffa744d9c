-- trait-compared: the members
select `profile_id`
from `sluice`.`profile_traits`
where ifNull(`score` > toFloat64(`lifetime_value`) and not isNaN(`score`), false);

-- Each condition, for everybody
-- c0 = where
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(t1.`score` > toFloat64(t1.`lifetime_value`) and not isNaN(t1.`score`), false)) as c0
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        t.`score` as `score`,
        toNullable(t.`lifetime_value`) as `lifetime_value`
    from `sluice`.`profile_traits` as t
) as t1 on t1.`profile_id` = t0.`profile_id`;
