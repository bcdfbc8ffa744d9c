-- event-streams-measured: the members
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "UTC"
-- p3 = "2026-01-01 00:00:00.000"
-- p4 = "2025-10-01 00:00:00.000"
-- p5 = "0.30000000000000000000"
-- p6 = ["","Item Returned"]
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from (
        with
            toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
        select
            `profile_id`,
            sumOrNull(_value0) as n0,
            sumOrNullIf(_value0, occurred_at >= {p3:DateTime64(3, 'UTC')}) as n1,
            countIf(_value0, occurred_at >= {p3:DateTime64(3, 'UTC')}) as n2,
            sumOrNullIf(_value0, occurred_at >= {p4:DateTime64(3, 'UTC')} and occurred_at < {p3:DateTime64(3, 'UTC')}) as n3,
            countIf(_value0, occurred_at >= {p4:DateTime64(3, 'UTC')} and occurred_at < {p3:DateTime64(3, 'UTC')}) as n4
        from `sluice`.`events`
        where event_name = {p0:String}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        with
            toDecimal256(s.`revenue`, 20) as _value0
        select
            s.`customer_id` as `profile_id`,
            sumOrNull(_value0) as n0,
            sumOrNullIf(_value0, toDateTime64(s.`returned_on`, 3, {p2:String}) >= {p3:DateTime64(3, 'UTC')}) as n1,
            countIf(_value0, toDateTime64(s.`returned_on`, 3, {p2:String}) >= {p3:DateTime64(3, 'UTC')}) as n2,
            sumOrNullIf(_value0, toDateTime64(s.`returned_on`, 3, {p2:String}) >= {p4:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p2:String}) < {p3:DateTime64(3, 'UTC')}) as n3,
            countIf(_value0, toDateTime64(s.`returned_on`, 3, {p2:String}) >= {p4:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p2:String}) < {p3:DateTime64(3, 'UTC')}) as n4
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p2:String}) <= {p1:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
    having ifNull(sum(n0) >= {p5:Decimal(76, 20)}, false)
      and ifNull(sum(n1) * sum(n4) < sum(n3) * sum(n2), false)
)
  and `profile_id` in (
    select `profile_id`
    from (
        with
            nullIf(multiIf(startsWith(dynamicType(properties.`revenue`), 'Array'), '', toString(properties.`revenue`) = '-0', '0', toString(properties.`revenue`)), '') as _value0
        select
            `profile_id`,
            groupUniqArray(_value0) as n0,
            groupArray(_value0) as n1
        from `sluice`.`events`
        where event_name not in {p6:Array(String)}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        with
            toString(s.`revenue`) as _value0
        select
            s.`customer_id` as `profile_id`,
            groupUniqArray(_value0) as n0,
            groupArray(_value0) as n1
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p2:String}) <= {p1:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
    having uniqExactArray(n0) >= 2
      and arrayExists(times -> times >= 2, arrayReduce('sumMap', [groupArrayArray(n1)], [arrayWithConstant(length(groupArrayArray(n1)), 1)]).2)
)
  and `profile_id` in (
    select `profile_id`
    from (
        select
            `profile_id`,
            null as n0,
            minOrNull(toDateTime64(occurred_at, 6, 'UTC')) as n1
        from `sluice`.`events`
        where event_name not in {p6:Array(String)}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        select
            s.`customer_id` as `profile_id`,
            minOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p2:String}), 6, 'UTC')) as n0,
            minOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p2:String}), 6, 'UTC')) as n1
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p2:String}) <= {p1:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
    having ifNull(min(n0) = min(n1), false)
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
-- p2 = "UTC"
-- p3 = "2026-01-01 00:00:00.000"
-- p4 = "2025-10-01 00:00:00.000"
-- p5 = ["","Item Returned"]
-- p6 = "0.30000000000000000000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3 and c4 and c5) as c0,
    toBool(ifNull(g0.m0 >= {p6:Decimal(76, 20)}, false)) as c1,
    toBool(ifNull(g0.m1 * g0.m4 < g0.m3 * g0.m2, false)) as c2,
    toBool(g1.m0 >= 2) as c3,
    toBool(arrayExists(times -> times >= 2, arrayReduce('sumMap', [g1.m1], [arrayWithConstant(length(g1.m1), 1)]).2)) as c4,
    toBool(ifNull(g2.m0 = g2.m1, false)) as c5
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        sum(n0) as m0,
        sum(n1) as m1,
        sum(n2) as m2,
        sum(n3) as m3,
        sum(n4) as m4
    from (
        with
            toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
        select
            `profile_id`,
            sumOrNull(_value0) as n0,
            sumOrNullIf(_value0, occurred_at >= {p3:DateTime64(3, 'UTC')}) as n1,
            countIf(_value0, occurred_at >= {p3:DateTime64(3, 'UTC')}) as n2,
            sumOrNullIf(_value0, occurred_at >= {p4:DateTime64(3, 'UTC')} and occurred_at < {p3:DateTime64(3, 'UTC')}) as n3,
            countIf(_value0, occurred_at >= {p4:DateTime64(3, 'UTC')} and occurred_at < {p3:DateTime64(3, 'UTC')}) as n4
        from `sluice`.`events`
        where event_name = {p0:String}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        with
            toDecimal256(s.`revenue`, 20) as _value0
        select
            s.`customer_id` as `profile_id`,
            sumOrNull(_value0) as n0,
            sumOrNullIf(_value0, toDateTime64(s.`returned_on`, 3, {p2:String}) >= {p3:DateTime64(3, 'UTC')}) as n1,
            countIf(_value0, toDateTime64(s.`returned_on`, 3, {p2:String}) >= {p3:DateTime64(3, 'UTC')}) as n2,
            sumOrNullIf(_value0, toDateTime64(s.`returned_on`, 3, {p2:String}) >= {p4:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p2:String}) < {p3:DateTime64(3, 'UTC')}) as n3,
            countIf(_value0, toDateTime64(s.`returned_on`, 3, {p2:String}) >= {p4:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p2:String}) < {p3:DateTime64(3, 'UTC')}) as n4
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p2:String}) <= {p1:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        uniqExactArray(n0) as m0,
        groupArrayArray(n1) as m1
    from (
        with
            nullIf(multiIf(startsWith(dynamicType(properties.`revenue`), 'Array'), '', toString(properties.`revenue`) = '-0', '0', toString(properties.`revenue`)), '') as _value0
        select
            `profile_id`,
            groupUniqArray(_value0) as n0,
            groupArray(_value0) as n1
        from `sluice`.`events`
        where event_name not in {p5:Array(String)}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        with
            toString(s.`revenue`) as _value0
        select
            s.`customer_id` as `profile_id`,
            groupUniqArray(_value0) as n0,
            groupArray(_value0) as n1
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p2:String}) <= {p1:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
) as g1 on g1.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        min(n0) as m0,
        min(n1) as m1
    from (
        select
            `profile_id`,
            null as n0,
            minOrNull(toDateTime64(occurred_at, 6, 'UTC')) as n1
        from `sluice`.`events`
        where event_name not in {p5:Array(String)}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
        group by `profile_id`
        union all
        select
            s.`customer_id` as `profile_id`,
            minOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p2:String}), 6, 'UTC')) as n0,
            minOrNull(toDateTime64(toDateTime64(s.`returned_on`, 3, {p2:String}), 6, 'UTC')) as n1
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p2:String}) <= {p1:DateTime64(3, 'UTC')}
        group by s.`customer_id`
    )
    group by `profile_id`
) as g2 on g2.`profile_id` = t0.`profile_id`;
