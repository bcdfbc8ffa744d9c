-- trait-number: the members
-- p0 = "99.99"
-- p1 = "1000.00"
select `profile_id`
from `sluice`.`profile_traits`
where `lifetime_value` >= {p0:Decimal(18, 2)} and `lifetime_value` <= {p1:Decimal(18, 2)};

-- Each condition, for everybody
-- c0 = where
-- p0 = "99.99"
-- p1 = "1000.00"
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(t1.`lifetime_value` >= {p0:Decimal(18, 2)} and t1.`lifetime_value` <= {p1:Decimal(18, 2)}, false)) as c0
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(t.`lifetime_value`) as `lifetime_value`
    from `sluice`.`profile_traits` as t
) as t1 on t1.`profile_id` = t0.`profile_id`;
