-- trait-calculated-three-tables: the members
-- p0 = "100"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from `sluice`.`profiles` as t0
    inner join (
        select
            t.`profile_id` as `profile_id`,
            max(t.`points`) as `points`
        from `sluice`.`loyalty` as t
        group by t.`profile_id`
    ) as t1 using (`profile_id`)
    inner join `sluice`.`profile_traits` as t2 using (`profile_id`)
    where toDecimal128(t0.`ledger_id`, 0) <= toDecimal128(t1.`points`, 0) * {p0:Decimal(38, 0)} - toDecimal128(t2.`order_count`, 0)
);

-- Each condition, for everybody
-- c0 = where
-- p0 = "100"
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(toDecimal128(t0.`ledger_id`, 0) <= toDecimal128(t1.`points`, 0) * {p0:Decimal(38, 0)} - toDecimal128(t2.`order_count`, 0), false)) as c0
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(max(t.`points`)) as `points`
    from `sluice`.`loyalty` as t
    group by t.`profile_id`
) as t1 on t1.`profile_id` = t0.`profile_id`
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(t.`order_count`) as `order_count`
    from `sluice`.`profile_traits` as t
) as t2 on t2.`profile_id` = t0.`profile_id`;
