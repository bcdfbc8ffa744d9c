-- trait-texts-and-lists: the members
-- p0 = ["NL","BE"]
-- p1 = "@ACME.example"
-- p2 = "^S(t|int)\\."
-- p3 = ["vip","newsletter"]
select `profile_id`
from `sluice`.`profiles`
where ifNull(not (`country_code` in {p0:Array(String)}) and `country_code` != '', false)
  and ifNull(endsWith(lowerUTF8(`email`), lowerUTF8({p1:String})), false)
  and (match(`city`, {p2:String}) and `city` != '')
  and `profile_id` in (
    select `profile_id`
    from `sluice`.`profile_traits`
    where hasAll(`tags`, {p3:Array(String)})
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.3
-- p0 = ["NL","BE"]
-- p1 = "@ACME.example"
-- p2 = "^S(t|int)\\."
-- p3 = ["vip","newsletter"]
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3 and c4) as c0,
    toBool(ifNull(not (t0.`country_code` in {p0:Array(String)}) and t0.`country_code` != '', false)) as c1,
    toBool(ifNull(endsWith(lowerUTF8(t0.`email`), lowerUTF8({p1:String})), false)) as c2,
    toBool(match(t0.`city`, {p2:String}) and t0.`city` != '') as c3,
    toBool(hasAll(t1.`tags`, {p3:Array(String)})) as c4
from `sluice`.`profiles` as t0
left join `sluice`.`profile_traits` as t1 on t1.`profile_id` = t0.`profile_id`;
