-- trait-text: the members
-- p0 = ["NL","BE"]
select `profile_id`
from `sluice`.`profiles`
where ifNull(`country_code` in {p0:Array(String)}, false);

-- Each condition, for everybody
-- c0 = where
-- p0 = ["NL","BE"]
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(t0.`country_code` in {p0:Array(String)}, false)) as c0
from `sluice`.`profiles` as t0;
