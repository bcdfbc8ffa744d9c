-- trait-calculated: the members
-- p0 = "12.5"
-- p1 = "10"
select `profile_id`
from `sluice`.`profile_traits`
where toDecimal64(`lifetime_value`, 2) > toDecimal64(`order_count`, 0) * {p0:Decimal(18, 1)} + {p1:Decimal(18, 0)};

-- Each condition, for everybody
-- c0 = where
-- p0 = "12.5"
-- p1 = "10"
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(toDecimal64(t1.`lifetime_value`, 2) > toDecimal64(t1.`order_count`, 0) * {p0:Decimal(18, 1)} + {p1:Decimal(18, 0)}, false)) as c0
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(t.`lifetime_value`) as `lifetime_value`,
        toNullable(t.`order_count`) as `order_count`
    from `sluice`.`profile_traits` as t
) as t1 on t1.`profile_id` = t0.`profile_id`;
