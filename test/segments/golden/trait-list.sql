-- trait-list: the members
-- p0 = ["vip","staff"]
-- p1 = "[0]"
select `profile_id`
from `sluice`.`profile_traits`
where hasAny(`tags`, {p0:Array(String)})
  and not (hasAny(`sizes`, {p1:Array(UInt16)}));

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = ["vip","staff"]
-- p1 = "[0]"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(hasAny(t1.`tags`, {p0:Array(String)})) as c1,
    toBool(not (hasAny(t1.`sizes`, {p1:Array(UInt16)}))) as c2
from `sluice`.`profiles` as t0
left join `sluice`.`profile_traits` as t1 on t1.`profile_id` = t0.`profile_id`;
