-- whole-limit: the members
-- p0 = ["NL","BE"]
-- p1 = 100
select `profile_id`
from (
    select
        t0.`profile_id` as `profile_id`,
        count() over (order by t1.`lifetime_value` desc nulls last, toString(t0.`profile_id`) rows between unbounded preceding and current row) as place
    from `sluice`.`profiles` as t0
    left join (
        select
            t.`profile_id` as `profile_id`,
            toNullable(t.`lifetime_value`) as `lifetime_value`
        from `sluice`.`profile_traits` as t
    ) as t1 on t1.`profile_id` = t0.`profile_id`
    where t0.`profile_id` in (
        select `profile_id`
        from `sluice`.`profiles`
        where ifNull(`country_code` in {p0:Array(String)}, false)
    )
)
where place <= {p1:UInt32};

-- Each condition, for everybody
-- c0 = where
-- p0 = ["NL","BE"]
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(t0.`country_code` in {p0:Array(String)}, false)) as c0
from `sluice`.`profiles` as t0;
