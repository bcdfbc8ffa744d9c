-- trait-not-missing: the members
-- p0 = "Gent"
select `profile_id`
from `sluice`.`profiles`
where not `city` = {p0:String}
  and ifNull(`email` != '', false);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.0.not
-- c3 = where.all.1
-- p0 = "Gent"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c3) as c0,
    toBool(not c2) as c1,
    toBool(t0.`city` = {p0:String}) as c2,
    toBool(ifNull(t0.`email` != '', false)) as c3
from `sluice`.`profiles` as t0;
