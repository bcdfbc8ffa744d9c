-- trait-anniversary-new-year: the members
-- p0 = 1112
-- p1 = 1231
-- p2 = 20250000
-- p3 = 101
-- p4 = 331
-- p5 = 20260000
select `profile_id`
from `sluice`.`profiles`
where ifNull(((toYYYYMMDD(`birthday_on`) % 10000 between {p0:UInt32} and {p1:UInt32}) and toYYYYMMDD(`birthday_on`) < {p2:UInt32}) or ((toYYYYMMDD(`birthday_on`) % 10000 between {p3:UInt32} and {p4:UInt32}) and toYYYYMMDD(`birthday_on`) < {p5:UInt32}), false);

-- Each condition, for everybody
-- c0 = where
-- p0 = 1112
-- p1 = 1231
-- p2 = 20250000
-- p3 = 101
-- p4 = 331
-- p5 = 20260000
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(((toYYYYMMDD(t0.`birthday_on`) % 10000 between {p0:UInt32} and {p1:UInt32}) and toYYYYMMDD(t0.`birthday_on`) < {p2:UInt32}) or ((toYYYYMMDD(t0.`birthday_on`) % 10000 between {p3:UInt32} and {p4:UInt32}) and toYYYYMMDD(t0.`birthday_on`) < {p5:UInt32}), false)) as c0
from `sluice`.`profiles` as t0;
