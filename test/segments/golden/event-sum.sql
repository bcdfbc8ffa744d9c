-- event-sum: the members
-- p0 = "Order Completed"
-- p1 = "2025-03-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "web"
-- p4 = "200.00000000000000000000"
with
    toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
select `profile_id`
from `sluice`.`events`
where event_name = {p0:String}
  and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
  and `source` = {p3:String}
group by `profile_id`
having ifNull(sumOrNull(_value0) >= {p4:Decimal(76, 20)}, false);

-- Each condition, for everybody
-- c0 = where
-- p0 = "Order Completed"
-- p1 = "2025-03-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "web"
-- p4 = "200.00000000000000000000"
select
    t0.`profile_id` as `profile_id`,
    toBool(ifNull(g0.m0 >= {p4:Decimal(76, 20)}, false)) as c0
from `sluice`.`profiles` as t0
left join (
    with
        toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
    select
        `profile_id`,
        sumOrNull(_value0) as m0
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
      and `source` = {p3:String}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
