-- trait-anniversary: the members
-- p0 = 401
-- p1 = 407
-- p2 = 20260000
-- p3 = "Europe/Amsterdam"
-- p4 = 331
select `profile_id`
from `sluice`.`profiles`
where ifNull((toYYYYMMDD(`birthday_on`) % 10000 between {p0:UInt32} and {p1:UInt32}) and toYYYYMMDD(`birthday_on`) < {p2:UInt32}, false)
  or (toYYYYMMDD(`first_seen_at`, {p3:String}) % 10000 = {p4:UInt32} and toYYYYMMDD(`first_seen_at`, {p3:String}) < {p2:UInt32});

-- Each condition, for everybody
-- c0 = where
-- c1 = where.any.0
-- c2 = where.any.1
-- p0 = 401
-- p1 = 407
-- p2 = 20260000
-- p3 = "Europe/Amsterdam"
-- p4 = 331
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 or c2) as c0,
    toBool(ifNull((toYYYYMMDD(t0.`birthday_on`) % 10000 between {p0:UInt32} and {p1:UInt32}) and toYYYYMMDD(t0.`birthday_on`) < {p2:UInt32}, false)) as c1,
    toBool(toYYYYMMDD(t0.`first_seen_at`, {p3:String}) % 10000 = {p4:UInt32} and toYYYYMMDD(t0.`first_seen_at`, {p3:String}) < {p2:UInt32}) as c2
from `sluice`.`profiles` as t0;
