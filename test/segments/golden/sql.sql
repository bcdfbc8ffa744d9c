-- sql: the members
-- p0 = "NL"
select `profile_id`
from `sluice`.`profiles`
where ifNull(`country_code` = {p0:String}, false)
  and `profile_id` in (
select own.`profile_id`
from `sluice`.`profiles` as own
where (
lower(city) = 'gent' or email != city
)
)
  and not `profile_id` in (
select profile_id from sluice.events where event_name = 'Refund' group by profile_id having count() > 2
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.2.not
-- p0 = "NL"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3) as c0,
    toBool(ifNull(t0.`country_code` = {p0:String}, false)) as c1,
    toBool(t0.`profile_id` in (
select own.`profile_id`
from `sluice`.`profiles` as own
where (
lower(city) = 'gent' or email != city
)
)) as c2,
    toBool(not c4) as c3,
    toBool(t0.`profile_id` in (
select profile_id from sluice.events where event_name = 'Refund' group by profile_id having count() > 2
)) as c4
from `sluice`.`profiles` as t0;
