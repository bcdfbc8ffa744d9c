-- trait-untested-table: the members
-- p0 = "Gent"
-- p1 = "100"
-- p2 = ["early"]
select `profile_id`
from `sluice`.`profiles`
where `city` = {p0:String}
  and `profile_id` in (
    select `profile_id`
    from (
        select
            t.`profile_id` as `profile_id`,
            max(t.`points`) as `points`,
            max(t.`joined_on`) as `joined_on`,
            max(t.`badges`) as `badges`
        from `sluice`.`loyalty` as t
        group by t.`profile_id`
    )
    where `points` >= {p1:UInt32}
      and (not (`joined_on` is not null)
      or not (hasAny(`badges`, {p2:Array(String)})))
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.2.any.0
-- c5 = where.all.2.any.1
-- p0 = "Gent"
-- p1 = "100"
-- p2 = ["early"]
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3) as c0,
    toBool(t0.`city` = {p0:String}) as c1,
    toBool(ifNull(t1.`points` >= {p1:UInt32}, false)) as c2,
    toBool(c4 or c5) as c3,
    toBool(not (t1.`joined_on` is not null)) as c4,
    toBool(not (hasAny(t1.`badges`, {p2:Array(String)}))) as c5
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(max(t.`points`)) as `points`,
        max(t.`joined_on`) as `joined_on`,
        max(t.`badges`) as `badges`
    from `sluice`.`loyalty` as t
    group by t.`profile_id`
) as t1 on t1.`profile_id` = t0.`profile_id`;
