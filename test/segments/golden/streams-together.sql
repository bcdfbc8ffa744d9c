-- streams-together: the members
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "20"
-- p3 = "20"
-- p4 = "20"
-- p5 = "20.00000000000000000000"
-- p6 = "UTC"
-- p7 = "20.00"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from (
        select
            `profile_id`,
            count() as n0
        from `sluice`.`events`
        where event_name = {p0:String}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
          and (ifNull(properties.`revenue`.:Int64 > {p2:Int64} or properties.`revenue`.:Float64 > {p3:Float64} or properties.`revenue`.:UInt64 > {p4:UInt64}, false) or (properties.`revenue`.:String is not null and ifNull(toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) > {p5:Decimal(76, 20)}, false)))
        group by `profile_id`
        union all
        select
            s.`customer_id` as `profile_id`,
            count() as n0
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p6:String}) <= {p1:DateTime64(3, 'UTC')}
          and ifNull(s.`revenue` > {p7:Decimal(18, 2)}, false)
        group by s.`customer_id`
    )
    group by `profile_id`
    having sum(n0) >= 3
);

-- Each condition, for everybody
-- c0 = where
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "20"
-- p3 = "20"
-- p4 = "20"
-- p5 = "20.00000000000000000000"
-- p6 = "UTC"
-- p7 = "20.00"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 3) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        sum(n0) as m0
    from (
        select
            `profile_id`,
            count() as n0
        from `sluice`.`events`
        where event_name = {p0:String}
          and occurred_at <= {p1:DateTime64(3, 'UTC')}
          and (ifNull(properties.`revenue`.:Int64 > {p2:Int64} or properties.`revenue`.:Float64 > {p3:Float64} or properties.`revenue`.:UInt64 > {p4:UInt64}, false) or (properties.`revenue`.:String is not null and ifNull(toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) > {p5:Decimal(76, 20)}, false)))
        group by `profile_id`
        union all
        select
            s.`customer_id` as `profile_id`,
            count() as n0
        from `sluice`.`returns` as s
        where toDateTime64(s.`returned_on`, 3, {p6:String}) <= {p1:DateTime64(3, 'UTC')}
          and ifNull(s.`revenue` > {p7:Decimal(18, 2)}, false)
        group by s.`customer_id`
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
