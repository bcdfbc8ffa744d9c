-- trait-exact: the members
-- p0 = "[9007199254740993,1]"
-- p1 = "12.50"
-- p2 = "[0,1,-0]"
-- p3 = "[true]"
select `profile_id`
from `sluice`.`profiles`
where `ledger_id` in {p0:Array(UInt64)}
  and `profile_id` in (
    select `profile_id`
    from `sluice`.`profile_traits`
    where `lifetime_value` > {p1:Decimal(18, 2)}
      and ifNull(`score` in {p2:Array(Float64)}, false)
      and toDecimal256(`fee`, 10) > toDecimal256(`lifetime_value`, 10)
)
  and hasAny(`flags`, {p3:Array(Bool)})
  and true;

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.3
-- c5 = where.all.4
-- c6 = where.all.5
-- p0 = "[9007199254740993,1]"
-- p1 = "12.50"
-- p2 = "[0,1,-0]"
-- p3 = "[true]"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3 and c4 and c5 and c6) as c0,
    toBool(t0.`ledger_id` in {p0:Array(UInt64)}) as c1,
    toBool(ifNull(t1.`lifetime_value` > {p1:Decimal(18, 2)}, false)) as c2,
    toBool(ifNull(t1.`score` in {p2:Array(Float64)}, false)) as c3,
    toBool(hasAny(t0.`flags`, {p3:Array(Bool)})) as c4,
    toBool(true) as c5,
    toBool(ifNull(toDecimal256(t1.`fee`, 10) > toDecimal256(t1.`lifetime_value`, 10), false)) as c6
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(t.`lifetime_value`) as `lifetime_value`,
        t.`score` as `score`,
        toNullable(t.`fee`) as `fee`
    from `sluice`.`profile_traits` as t
) as t1 on t1.`profile_id` = t0.`profile_id`;
