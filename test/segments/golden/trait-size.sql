-- trait-size: the members
select `profile_id`
from `sluice`.`profile_traits`
where length(`tags`) >= 3
  and `profile_id` not in (
    select `profile_id`
    from (
        select
            t.`profile_id` as `profile_id`,
            max(t.`badges`) as `badges`
        from `sluice`.`loyalty` as t
        group by t.`profile_id`
    )
    where not length(`badges`) = 0
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(length(t1.`tags`) >= 3) as c1,
    toBool(length(t2.`badges`) = 0) as c2
from `sluice`.`profiles` as t0
left join `sluice`.`profile_traits` as t1 on t1.`profile_id` = t0.`profile_id`
left join (
    select
        t.`profile_id` as `profile_id`,
        max(t.`badges`) as `badges`
    from `sluice`.`loyalty` as t
    group by t.`profile_id`
) as t2 on t2.`profile_id` = t0.`profile_id`;
