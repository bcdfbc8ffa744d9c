-- trait-top-untested-table: the members
-- p0 = "10"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from (
        select
            t.`profile_id` as `profile_id`,
            max(t.`points`) as `points`
        from `sluice`.`loyalty` as t
        group by t.`profile_id`
    )
    where ifNull(`points` >= (
        select min(edge)
        from (
            select t0.`points` as edge
            from (
                select
                    t.`profile_id` as `profile_id`,
                    max(t.`points`) as `points`
                from `sluice`.`loyalty` as t
                group by t.`profile_id`
            ) as t0
            where t0.`profile_id` in (
                select `profile_id`
                from `sluice`.`profiles`
            )
            order by edge desc
            limit {p0:UInt64}
        )
    ), false)
);

-- Each condition, for everybody
-- c0 = where
-- p0 = "10"
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(t1.`points` >= (
    select min(edge)
    from (
        select t0.`points` as edge
        from (
            select
                t.`profile_id` as `profile_id`,
                max(t.`points`) as `points`
            from `sluice`.`loyalty` as t
            group by t.`profile_id`
        ) as t0
        where t0.`profile_id` in (
            select `profile_id`
            from `sluice`.`profiles`
        )
        order by edge desc
        limit {p0:UInt64}
    )
), false)) as c0
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(max(t.`points`)) as `points`
    from `sluice`.`loyalty` as t
    group by t.`profile_id`
) as t1 on t1.`profile_id` = t0.`profile_id`;
