-- property-values: the members
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "9007199254740993"
-- p3 = "[0,9007199254740993]"
-- p4 = "[0,12.5,-0]"
-- p5 = "[0,9007199254740993]"
-- p6 = "[0.00000000000000000000,12.50000000000000000000]"
-- p7 = ["tea","true"]
-- p8 = "7"
-- p9 = "7"
-- p10 = "7"
-- p11 = "7"
-- p12 = "2"
-- p13 = "10"
-- p14 = "2.5"
-- p15 = "10"
-- p16 = "2"
-- p17 = "10"
-- p18 = "2.50000000000000000000"
-- p19 = "10.00000000000000000000"
select `profile_id`
from `sluice`.`events`
where event_name = {p0:String}
  and occurred_at <= {p1:DateTime64(3, 'UTC')}
group by `profile_id`
having countIf((ifNull(properties.`revenue`.:String = {p2:String}, false) or ifNull(properties.`revenue`.:Int64 in {p3:Array(Int64)} or properties.`revenue`.:Float64 in {p4:Array(Float64)} or properties.`revenue`.:UInt64 in {p5:Array(UInt64)}, false) or (properties.`revenue`.:String is not null and ifNull(toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) in {p6:Array(Decimal(76, 20))}, false)))) >= 1
  or countIf((ifNull(properties.`category`.:String in {p7:Array(String)}, false) or ifNull(properties.`category`.:Bool, false)) and if(properties.`item` is not null, if(properties.`item`.:String is not null, properties.`item`.:String != '', toString(properties.`item`) != '[]'), notEmpty(JSONAllPaths(properties.^`item`)))) >= 1
  or countIf((not (ifNull(properties.`item`.`sku`.:String = {p8:String}, false) or ifNull(properties.`item`.`sku`.:Int64 = {p9:Int64} or properties.`item`.`sku`.:Float64 = {p10:Float64} or properties.`item`.`sku`.:UInt64 = {p11:UInt64}, false)) and if(properties.`item`.`sku` is not null, if(properties.`item`.`sku`.:String is not null, properties.`item`.`sku`.:String != '', toString(properties.`item`.`sku`) != '[]'), notEmpty(JSONAllPaths(properties.^`item`.`sku`)))) and (ifNull((properties.`revenue`.:Int64 > {p12:Int64} and properties.`revenue`.:Int64 <= {p13:Int64}) or (properties.`revenue`.:Float64 >= {p14:Float64} and properties.`revenue`.:Float64 <= {p15:Float64}) or (properties.`revenue`.:UInt64 > {p16:UInt64} and properties.`revenue`.:UInt64 <= {p17:UInt64}), false) or (properties.`revenue`.:String is not null and ifNull(toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) >= {p18:Decimal(76, 20)} and toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) <= {p19:Decimal(76, 20)}, false)))) >= 1;

-- Each condition, for everybody
-- c0 = where
-- c1 = where.any.0
-- c2 = where.any.1
-- c3 = where.any.2
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "9007199254740993"
-- p3 = "[0,9007199254740993]"
-- p4 = "[0,12.5,-0]"
-- p5 = "[0,9007199254740993]"
-- p6 = "[0.00000000000000000000,12.50000000000000000000]"
-- p7 = ["tea","true"]
-- p8 = "7"
-- p9 = "7"
-- p10 = "7"
-- p11 = "7"
-- p12 = "2"
-- p13 = "10"
-- p14 = "2.5"
-- p15 = "10"
-- p16 = "2"
-- p17 = "10"
-- p18 = "2.50000000000000000000"
-- p19 = "10.00000000000000000000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 or c2 or c3) as c0,
    toBool(g0.m0 >= 1) as c1,
    toBool(g0.m1 >= 1) as c2,
    toBool(g0.m2 >= 1) as c3
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        countIf((ifNull(properties.`revenue`.:String = {p2:String}, false) or ifNull(properties.`revenue`.:Int64 in {p3:Array(Int64)} or properties.`revenue`.:Float64 in {p4:Array(Float64)} or properties.`revenue`.:UInt64 in {p5:Array(UInt64)}, false) or (properties.`revenue`.:String is not null and ifNull(toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) in {p6:Array(Decimal(76, 20))}, false)))) as m0,
        countIf((ifNull(properties.`category`.:String in {p7:Array(String)}, false) or ifNull(properties.`category`.:Bool, false)) and if(properties.`item` is not null, if(properties.`item`.:String is not null, properties.`item`.:String != '', toString(properties.`item`) != '[]'), notEmpty(JSONAllPaths(properties.^`item`)))) as m1,
        countIf((not (ifNull(properties.`item`.`sku`.:String = {p8:String}, false) or ifNull(properties.`item`.`sku`.:Int64 = {p9:Int64} or properties.`item`.`sku`.:Float64 = {p10:Float64} or properties.`item`.`sku`.:UInt64 = {p11:UInt64}, false)) and if(properties.`item`.`sku` is not null, if(properties.`item`.`sku`.:String is not null, properties.`item`.`sku`.:String != '', toString(properties.`item`.`sku`) != '[]'), notEmpty(JSONAllPaths(properties.^`item`.`sku`)))) and (ifNull((properties.`revenue`.:Int64 > {p12:Int64} and properties.`revenue`.:Int64 <= {p13:Int64}) or (properties.`revenue`.:Float64 >= {p14:Float64} and properties.`revenue`.:Float64 <= {p15:Float64}) or (properties.`revenue`.:UInt64 > {p16:UInt64} and properties.`revenue`.:UInt64 <= {p17:UInt64}), false) or (properties.`revenue`.:String is not null and ifNull(toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) >= {p18:Decimal(76, 20)} and toDecimal256OrNull(extract(properties.`revenue`.:String, '^[+-]?[0-9]{1,50}(?:[.][0-9]{1,20})?$'), 20) <= {p19:Decimal(76, 20)}, false)))) as m2
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
