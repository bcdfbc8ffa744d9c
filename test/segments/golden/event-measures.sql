-- event-measures: the members
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "2025-03-31 12:00:00.000"
-- p3 = "49.99500000000000000000"
-- p4 = "100.00000000000000000000"
-- p5 = "500.00000000000000000000"
-- p6 = "Page Viewed"
-- p7 = "[18,19,20,21,22,23]"
-- p8 = "Europe/Amsterdam"
-- p9 = "[6,7]"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    with
        toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
    having ifNull(sumOrNullIf(_value0, occurred_at > {p2:DateTime64(3, 'UTC')}) > {p3:Decimal(76, 20)} * countIf(_value0, occurred_at > {p2:DateTime64(3, 'UTC')}), false)
      and ifNull(maxOrNull(_value0) >= {p4:Decimal(76, 20)} and maxOrNull(_value0) <= {p5:Decimal(76, 20)}, false)
)
  and `profile_id` in (
    with
        nullIf(multiIf(startsWith(dynamicType(properties.`item`.`sku`), 'Array'), '', toString(properties.`item`.`sku`) = '-0', '0', toString(properties.`item`.`sku`)), '') as _value0
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p6:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
    having uniqExact(_value0) >= 3
      and arrayExists(times -> times = 2, arrayReduce('sumMap', [groupArray(_value0)], [arrayWithConstant(length(groupArray(_value0)), 1)]).2)
)
  and `profile_id` in (
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
      and toHour(occurred_at, {p8:String}) in {p7:Array(UInt8)}
      and toDayOfWeek(occurred_at, 0, {p8:String}) in {p9:Array(UInt8)}
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.3
-- c5 = where.all.4
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "2025-03-31 12:00:00.000"
-- p3 = "Page Viewed"
-- p4 = "[18,19,20,21,22,23]"
-- p5 = "Europe/Amsterdam"
-- p6 = "[6,7]"
-- p7 = "49.99500000000000000000"
-- p8 = "100.00000000000000000000"
-- p9 = "500.00000000000000000000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3 and c4 and c5) as c0,
    toBool(ifNull(g0.m0 > {p7:Decimal(76, 20)} * g0.m1, false)) as c1,
    toBool(ifNull(g0.m2 >= {p8:Decimal(76, 20)} and g0.m2 <= {p9:Decimal(76, 20)}, false)) as c2,
    toBool(g1.m0 >= 3) as c3,
    toBool(arrayExists(times -> times = 2, arrayReduce('sumMap', [g1.m1], [arrayWithConstant(length(g1.m1), 1)]).2)) as c4,
    toBool(g2.m0 >= 1) as c5
from `sluice`.`profiles` as t0
left join (
    with
        toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
    select
        `profile_id`,
        sumOrNullIf(_value0, occurred_at > {p2:DateTime64(3, 'UTC')}) as m0,
        countIf(_value0, occurred_at > {p2:DateTime64(3, 'UTC')}) as m1,
        maxOrNull(_value0) as m2
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`
left join (
    with
        nullIf(multiIf(startsWith(dynamicType(properties.`item`.`sku`), 'Array'), '', toString(properties.`item`.`sku`) = '-0', '0', toString(properties.`item`.`sku`)), '') as _value0
    select
        `profile_id`,
        uniqExact(_value0) as m0,
        groupArray(_value0) as m1
    from `sluice`.`events`
    where event_name = {p3:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g1 on g1.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
      and toHour(occurred_at, {p5:String}) in {p4:Array(UInt8)}
      and toDayOfWeek(occurred_at, 0, {p5:String}) in {p6:Array(UInt8)}
    group by `profile_id`
) as g2 on g2.`profile_id` = t0.`profile_id`;
