-- event-compared: the members
-- p0 = "Order Completed"
-- p1 = "2025-12-01 00:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "2026-03-01 00:00:00.000"
-- p4 = "Page Viewed"
-- p5 = "2026-01-30 12:00:00.000"
-- p6 = "2026-03-01 12:00:00.000"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    with
        toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at >= {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
    having ifNull(sumOrNullIf(_value0, occurred_at >= {p3:DateTime64(3, 'UTC')}) * 6 < sumOrNullIf(_value0, occurred_at < {p3:DateTime64(3, 'UTC')}), false)
)
  or `profile_id` not in (
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p4:String}
      and occurred_at > {p5:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
    having not (ifNull(countIf(occurred_at > {p6:DateTime64(3, 'UTC')}) >= countIf(occurred_at <= {p6:DateTime64(3, 'UTC')}) * 2, false))
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.any.0
-- c2 = where.any.1
-- p0 = "Order Completed"
-- p1 = "2025-12-01 00:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "2026-03-01 00:00:00.000"
-- p4 = "Page Viewed"
-- p5 = "2026-01-30 12:00:00.000"
-- p6 = "2026-03-01 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 or c2) as c0,
    toBool(ifNull(g0.m0 * 6 < g0.m1, false)) as c1,
    toBool(ifNull(g1.m0 >= g1.m1 * 2, false)) as c2
from `sluice`.`profiles` as t0
left join (
    with
        toDecimal256OrNull(if(dynamicType(properties.`revenue`) = 'String', extract(toString(properties.`revenue`), '^[+-]?[0-9]{1,36}(?:[.][0-9]{1,20})?$'), extract(toString(properties.`revenue`), '^-?[0-9]{1,36}(?:[.][0-9]+)?(?:e-[0-9]+|e2[0-9]|e3[0-5])?$')), 20) as _value0
    select
        `profile_id`,
        sumOrNullIf(_value0, occurred_at >= {p3:DateTime64(3, 'UTC')}) as m0,
        sumOrNullIf(_value0, occurred_at < {p3:DateTime64(3, 'UTC')}) as m1
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at >= {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        countIf(occurred_at > {p6:DateTime64(3, 'UTC')}) as m0,
        countIf(occurred_at <= {p6:DateTime64(3, 'UTC')}) as m1
    from `sluice`.`events`
    where event_name = {p4:String}
      and occurred_at > {p5:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g1 on g1.`profile_id` = t0.`profile_id`;
