-- event-extremes: the members
-- p0 = "Order Completed"
-- p1 = "2025-03-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "5.00000000000000000000"
-- p4 = "250.50000000000000000000"
-- p5 = "10.00000000000000000000"
-- p6 = "100.00000000000000000000"
with
    toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
select `profile_id`
from `sluice`.`events`
where event_name = {p0:String}
  and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
group by `profile_id`
having ifNull(minOrNull(_value0) > {p3:Decimal(76, 20)}, false)
  and ifNull(maxOrNull(_value0) <= {p4:Decimal(76, 20)}, false)
  and ifNull(sumOrNull(_value0) >= {p5:Decimal(76, 20)} * count(_value0) and sumOrNull(_value0) <= {p6:Decimal(76, 20)} * count(_value0), false);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- p0 = "Order Completed"
-- p1 = "2025-03-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "5.00000000000000000000"
-- p4 = "250.50000000000000000000"
-- p5 = "10.00000000000000000000"
-- p6 = "100.00000000000000000000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3) as c0,
    toBool(ifNull(g0.m0 > {p3:Decimal(76, 20)}, false)) as c1,
    toBool(ifNull(g0.m1 <= {p4:Decimal(76, 20)}, false)) as c2,
    toBool(ifNull(g0.m2 >= {p5:Decimal(76, 20)} * g0.m3 and g0.m2 <= {p6:Decimal(76, 20)} * g0.m3, false)) as c3
from `sluice`.`profiles` as t0
left join (
    with
        toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
    select
        `profile_id`,
        minOrNull(_value0) as m0,
        maxOrNull(_value0) as m1,
        sumOrNull(_value0) as m2,
        count(_value0) as m3
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
