-- event-measures: the members
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "Order Completed"
-- p3 = "2025-03-31 12:00:00.000"
-- p4 = "49.99500000000000000000"
-- p5 = "100.00000000000000000000"
-- p6 = "500.00000000000000000000"
-- p7 = "Page Viewed"
-- p8 = "[18,19,20,21,22,23]"
-- p9 = "Europe/Amsterdam"
-- p10 = "[6,7]"
with
    toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0,
    nullIf(multiIf(startsWith(dynamicType(properties.`item`.`sku`), 'Array'), '', toString(properties.`item`.`sku`) = '-0', '0', toString(properties.`item`.`sku`)), '') as _value1
select `profile_id`
from `sluice`.`events`
where event_name in {p0:Array(String)}
  and occurred_at <= {p1:DateTime64(3, 'UTC')}
group by `profile_id`
having ifNull(sumOrNullIf(_value0, event_name = {p2:String} and occurred_at > {p3:DateTime64(3, 'UTC')}) > {p4:Decimal(76, 20)} * countIf(_value0, event_name = {p2:String} and occurred_at > {p3:DateTime64(3, 'UTC')}), false)
  and ifNull(maxOrNullIf(_value0, event_name = {p2:String}) >= {p5:Decimal(76, 20)} and maxOrNullIf(_value0, event_name = {p2:String}) <= {p6:Decimal(76, 20)}, false)
  and uniqExactIf(_value1, event_name = {p7:String}) >= 3
  and arrayExists(times -> times = 2, arrayReduce('sumMap', [groupArrayIf(_value1, event_name = {p7:String})], [arrayWithConstant(length(groupArrayIf(_value1, event_name = {p7:String})), 1)]).2)
  and countIf(event_name = {p2:String} and toHour(occurred_at, {p9:String}) in {p8:Array(UInt8)} and toDayOfWeek(occurred_at, 0, {p9:String}) in {p10:Array(UInt8)}) >= 1;

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.3
-- c5 = where.all.4
-- p0 = ["Order Completed","Page Viewed"]
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "Order Completed"
-- p3 = "2025-03-31 12:00:00.000"
-- p4 = "Page Viewed"
-- p5 = "[18,19,20,21,22,23]"
-- p6 = "Europe/Amsterdam"
-- p7 = "[6,7]"
-- p8 = "49.99500000000000000000"
-- p9 = "100.00000000000000000000"
-- p10 = "500.00000000000000000000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3 and c4 and c5) as c0,
    toBool(ifNull(g0.m0 > {p8:Decimal(76, 20)} * g0.m1, false)) as c1,
    toBool(ifNull(g0.m2 >= {p9:Decimal(76, 20)} and g0.m2 <= {p10:Decimal(76, 20)}, false)) as c2,
    toBool(g0.m3 >= 3) as c3,
    toBool(arrayExists(times -> times = 2, arrayReduce('sumMap', [g0.m4], [arrayWithConstant(length(g0.m4), 1)]).2)) as c4,
    toBool(g0.m5 >= 1) as c5
from `sluice`.`profiles` as t0
left join (
    with
        toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0,
        nullIf(multiIf(startsWith(dynamicType(properties.`item`.`sku`), 'Array'), '', toString(properties.`item`.`sku`) = '-0', '0', toString(properties.`item`.`sku`)), '') as _value1
    select
        `profile_id`,
        sumOrNullIf(_value0, event_name = {p2:String} and occurred_at > {p3:DateTime64(3, 'UTC')}) as m0,
        countIf(_value0, event_name = {p2:String} and occurred_at > {p3:DateTime64(3, 'UTC')}) as m1,
        maxOrNullIf(_value0, event_name = {p2:String}) as m2,
        uniqExactIf(_value1, event_name = {p4:String}) as m3,
        groupArrayIf(_value1, event_name = {p4:String}) as m4,
        countIf(event_name = {p2:String} and toHour(occurred_at, {p6:String}) in {p5:Array(UInt8)} and toDayOfWeek(occurred_at, 0, {p6:String}) in {p7:Array(UInt8)}) as m5
    from `sluice`.`events`
    where event_name in {p0:Array(String)}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
