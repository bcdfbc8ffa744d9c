-- trait-top-per: the members
-- p0 = "25"
-- p1 = "99"
-- p2 = "100"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select ranked_key
    from (
        select
            t0.`profile_id` as ranked_key,
            rank() over (partition by t1.`country_code` order by t0.`lifetime_value` desc) as place,
            intDiv(count() over (partition by t1.`country_code`) * {p0:UInt64} + {p1:UInt64}, {p2:UInt64}) as last_place
        from `sluice`.`profile_traits` as t0
        inner join `sluice`.`profiles` as t1 using (`profile_id`)
        where ifNull(t1.`country_code` != '', false)
    )
    where place <= last_place
);

-- Each condition, for everybody
-- c0 = where
-- p0 = "25"
-- p1 = "99"
-- p2 = "100"
select
    t0.`profile_id` as `profile_id`,
    toBool(t0.`profile_id` in (
    select ranked_key
    from (
        select
            t0.`profile_id` as ranked_key,
            rank() over (partition by t1.`country_code` order by t0.`lifetime_value` desc) as place,
            intDiv(count() over (partition by t1.`country_code`) * {p0:UInt64} + {p1:UInt64}, {p2:UInt64}) as last_place
        from `sluice`.`profile_traits` as t0
        inner join `sluice`.`profiles` as t1 using (`profile_id`)
        where ifNull(t1.`country_code` != '', false)
    )
    where place <= last_place
)) as c0
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(t.`lifetime_value`) as `lifetime_value`
    from `sluice`.`profile_traits` as t
) as t1 on t1.`profile_id` = t0.`profile_id`;
