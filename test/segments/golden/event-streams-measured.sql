-- event-streams-measured: the members
-- p0 = "2026-03-31 12:00:00.000"
-- p1 = "UTC"
-- p2 = "Order Completed"
-- p3 = "2026-01-01 00:00:00.000"
-- p4 = "2025-10-01 00:00:00.000"
-- p5 = ["","Item Returned"]
-- p6 = "0.30000000000000000000"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from (
        with
            toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0,
            nullIf(multiIf(startsWith(dynamicType(properties.`revenue`), 'Array'), '', toString(properties.`revenue`) = '-0', '0', toString(properties.`revenue`)), '') as _value1
        select
            `profile_id`,
            sumOrNullIf(_value0, event_name = {p2:String}) as n0,
            sumOrNullIf(_value0, event_name = {p2:String} and occurred_at >= {p3:DateTime64(3, 'UTC')}) as n1,
            countIf(_value0, event_name = {p2:String} and occurred_at >= {p3:DateTime64(3, 'UTC')}) as n2,
            sumOrNullIf(_value0, event_name = {p2:String} and occurred_at >= {p4:DateTime64(3, 'UTC')} and occurred_at < {p3:DateTime64(3, 'UTC')}) as n3,
            countIf(_value0, event_name = {p2:String} and occurred_at >= {p4:DateTime64(3, 'UTC')} and occurred_at < {p3:DateTime64(3, 'UTC')}) as n4,
            groupUniqArrayIf(_value1, event_name not in {p5:Array(String)}) as n5,
            groupArrayIf(_value1, event_name not in {p5:Array(String)}) as n6,
            null as n7,
            minOrNullIf(toDateTime64(occurred_at, 6, 'UTC'), event_name not in {p5:Array(String)}) as n8
        from `sluice`.`events`
        where occurred_at <= {p0:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        with
            toDecimal256(s.`revenue`, 20) as _value0,
            toString(s.`revenue`) as _value1
        select
            s.`customer_id` as `profile_id`,
            sumOrNull(_value0) as n0,
            sumOrNullIf(_value0, toDateTime64(s.`returned_on`, 3, {p1:String}) >= {p3:DateTime64(3, 'UTC')}) as n1,
            countIf(_value0, toDateTime64(s.`returned_on`, 3, {p1:String}) >= {p3:DateTime64(3, 'UTC')}) as n2,
            sumOrNullIf(_value0, toDateTime64(s.`returned_on`, 3, {p1:String}) >= {p4:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p1:String}) < {p3:DateTime64(3, 'UTC')}) as n3,
            countIf(_value0, toDateTime64(s.`returned_on`, 3, {p1:String}) >= {p4:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p1:String}) < {p3:DateTime64(3, 'UTC')}) as n4,
            groupUniqArray(_value1) as n5,
            groupArray(_value1) as n6,
            minOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p1:String}), 6, 'UTC')) as n7,
            minOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p1:String}), 6, 'UTC')) as n8
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p1:String}) <= {p0:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
    having ifNull(sum(n0) >= {p6:Decimal(76, 20)}, false)
      and ifNull(sum(n1) * sum(n4) < sum(n3) * sum(n2), false)
      and uniqExactArray(n5) >= 2
      and arrayExists(times -> times >= 2, arrayReduce('sumMap', [groupArrayArray(n6)], [arrayWithConstant(length(groupArrayArray(n6)), 1)]).2)
      and ifNull(min(n7) = min(n8), false)
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.3
-- c5 = where.all.4
-- p0 = "2026-03-31 12:00:00.000"
-- p1 = "UTC"
-- p2 = "Order Completed"
-- p3 = "2026-01-01 00:00:00.000"
-- p4 = "2025-10-01 00:00:00.000"
-- p5 = ["","Item Returned"]
-- p6 = "0.30000000000000000000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3 and c4 and c5) as c0,
    toBool(ifNull(g0.m0 >= {p6:Decimal(76, 20)}, false)) as c1,
    toBool(ifNull(g0.m1 * g0.m4 < g0.m3 * g0.m2, false)) as c2,
    toBool(g0.m5 >= 2) as c3,
    toBool(arrayExists(times -> times >= 2, arrayReduce('sumMap', [g0.m6], [arrayWithConstant(length(g0.m6), 1)]).2)) as c4,
    toBool(ifNull(g0.m7 = g0.m8, false)) as c5
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        sum(n0) as m0,
        sum(n1) as m1,
        sum(n2) as m2,
        sum(n3) as m3,
        sum(n4) as m4,
        uniqExactArray(n5) as m5,
        groupArrayArray(n6) as m6,
        min(n7) as m7,
        min(n8) as m8
    from (
        with
            toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0,
            nullIf(multiIf(startsWith(dynamicType(properties.`revenue`), 'Array'), '', toString(properties.`revenue`) = '-0', '0', toString(properties.`revenue`)), '') as _value1
        select
            `profile_id`,
            sumOrNullIf(_value0, event_name = {p2:String}) as n0,
            sumOrNullIf(_value0, event_name = {p2:String} and occurred_at >= {p3:DateTime64(3, 'UTC')}) as n1,
            countIf(_value0, event_name = {p2:String} and occurred_at >= {p3:DateTime64(3, 'UTC')}) as n2,
            sumOrNullIf(_value0, event_name = {p2:String} and occurred_at >= {p4:DateTime64(3, 'UTC')} and occurred_at < {p3:DateTime64(3, 'UTC')}) as n3,
            countIf(_value0, event_name = {p2:String} and occurred_at >= {p4:DateTime64(3, 'UTC')} and occurred_at < {p3:DateTime64(3, 'UTC')}) as n4,
            groupUniqArrayIf(_value1, event_name not in {p5:Array(String)}) as n5,
            groupArrayIf(_value1, event_name not in {p5:Array(String)}) as n6,
            null as n7,
            minOrNullIf(toDateTime64(occurred_at, 6, 'UTC'), event_name not in {p5:Array(String)}) as n8
        from `sluice`.`events`
        where occurred_at <= {p0:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        with
            toDecimal256(s.`revenue`, 20) as _value0,
            toString(s.`revenue`) as _value1
        select
            s.`customer_id` as `profile_id`,
            sumOrNull(_value0) as n0,
            sumOrNullIf(_value0, toDateTime64(s.`returned_on`, 3, {p1:String}) >= {p3:DateTime64(3, 'UTC')}) as n1,
            countIf(_value0, toDateTime64(s.`returned_on`, 3, {p1:String}) >= {p3:DateTime64(3, 'UTC')}) as n2,
            sumOrNullIf(_value0, toDateTime64(s.`returned_on`, 3, {p1:String}) >= {p4:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p1:String}) < {p3:DateTime64(3, 'UTC')}) as n3,
            countIf(_value0, toDateTime64(s.`returned_on`, 3, {p1:String}) >= {p4:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p1:String}) < {p3:DateTime64(3, 'UTC')}) as n4,
            groupUniqArray(_value1) as n5,
            groupArray(_value1) as n6,
            minOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p1:String}), 6, 'UTC')) as n7,
            minOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p1:String}), 6, 'UTC')) as n8
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p1:String}) <= {p0:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
