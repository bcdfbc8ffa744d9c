-- event-count: the members
-- p0 = "Order Completed"
-- p1 = "2025-03-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "20"
-- p4 = "20"
-- p5 = "20"
-- p6 = "20.00000000000000000000"
-- p7 = "tea"
select `profile_id`
from `sluice`.`events`
where event_name = {p0:String}
  and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
  and (ifNull(properties.`revenue`.:Int64 > {p3:Int64} or properties.`revenue`.:Float64 > {p4:Float64} or properties.`revenue`.:UInt64 > {p5:UInt64}, false) or (properties.`revenue`.:String is not null and ifNull(toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) > {p6:Decimal(76, 20)}, false)))
  and startsWith(lowerUTF8(if(properties.`item`.`sku`.:String is not null, properties.`item`.`sku`.:String, if(startsWith(dynamicType(properties.`item`.`sku`), 'Array'), '', toString(properties.`item`.`sku`)))), lowerUTF8({p7:String}))
group by `profile_id`
having count() >= 3;

-- Each condition, for everybody
-- c0 = where
-- p0 = "Order Completed"
-- p1 = "2025-03-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "20"
-- p4 = "20"
-- p5 = "20"
-- p6 = "20.00000000000000000000"
-- p7 = "tea"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 3) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
      and (ifNull(properties.`revenue`.:Int64 > {p3:Int64} or properties.`revenue`.:Float64 > {p4:Float64} or properties.`revenue`.:UInt64 > {p5:UInt64}, false) or (properties.`revenue`.:String is not null and ifNull(toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) > {p6:Decimal(76, 20)}, false)))
      and startsWith(lowerUTF8(if(properties.`item`.`sku`.:String is not null, properties.`item`.`sku`.:String, if(startsWith(dynamicType(properties.`item`.`sku`), 'Array'), '', toString(properties.`item`.`sku`)))), lowerUTF8({p7:String}))
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
