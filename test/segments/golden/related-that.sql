-- related-that: the members
-- p0 = "1000.00"
select `profile_id`
from `sluice`.`account_members`
where `account_id` in (
    select assumeNotNull(keyed.`account_id`) as `account_id`
    from (
        select `account_id`
        from `sluice`.`accounts`
        where ifNull(`revenue` > {p0:Decimal(18, 2)}, false)
    ) as keyed
    where keyed.`account_id` != ''
)
group by `profile_id`;

-- Each condition, for everybody
-- c0 = where
-- p0 = "1000.00"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 1) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`account_members`
    where `account_id` in (
        select assumeNotNull(keyed.`account_id`) as `account_id`
        from (
            select `account_id`
            from `sluice`.`accounts`
            where ifNull(`revenue` > {p0:Decimal(18, 2)}, false)
        ) as keyed
        where keyed.`account_id` != ''
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
