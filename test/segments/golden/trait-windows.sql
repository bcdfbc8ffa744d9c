-- trait-windows: the members
-- p0 = "2025-09-30 22:00:00.000"
-- p1 = "2025-12-31 23:00:00.000"
-- p2 = "2025-12-31 12:00:00.000"
-- p3 = "2026-03-01 12:00:00.000"
-- p4 = "2026-03-30"
-- p5 = "2026-04-05"
-- p6 = "2025-03-31 12:00:00.000"
-- p7 = "2026-03-31 12:00:00.000"
-- p8 = "2026-01-31 23:00:00.000"
-- p9 = "Order Completed"
-- p10 = "2026-05-31 12:00:00.000"
-- p11 = "2026-03-31 14:00:00.000"
-- p12 = "2026-05-31 14:00:00.000"
-- p13 = "2026-03-31 00:00:00.000"
-- p14 = "2026-05-31 00:00:00.000"
select `profile_id`
from `sluice`.`profiles`
where (`first_seen_at` >= {p0:DateTime64(3, 'UTC')} and `first_seen_at` < {p1:DateTime64(3, 'UTC')})
  or (`first_seen_at` > {p2:DateTime64(3, 'UTC')} and `first_seen_at` <= {p3:DateTime64(3, 'UTC')})
  or ifNull(`birthday_on` >= {p4:Date32} and `birthday_on` <= {p5:Date32}, false)
  or `profile_id` in (
    select `profile_id`
    from `sluice`.`profile_traits`
    where ifNull(`last_order_at` > {p6:DateTime64(3, 'UTC')} and `last_order_at` <= {p7:DateTime64(3, 'UTC')}, false)
      or ifNull(`last_order_at` >= {p1:DateTime64(3, 'UTC')} and `last_order_at` < {p8:DateTime64(3, 'UTC')}, false)
)
  or `profile_id` in (
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p9:String}
      and occurred_at <= {p7:DateTime64(3, 'UTC')}
      and (match(properties.`deliver_on`.:String, '^(?:19|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$') and ifNull(multiIf(length(properties.`deliver_on`.:String) = 10, parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') > {p13:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') <= {p14:DateTime64(3, 'UTC')}, match(properties.`deliver_on`.:String, ':[0-9.]+(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)$'), parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') > {p7:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') <= {p10:DateTime64(3, 'UTC')}, parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') > {p11:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') <= {p12:DateTime64(3, 'UTC')}), false))
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.any.0
-- c2 = where.any.1
-- c3 = where.any.2
-- c4 = where.any.3
-- c5 = where.any.4
-- c6 = where.any.5
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "2026-05-31 12:00:00.000"
-- p3 = "2026-03-31 14:00:00.000"
-- p4 = "2026-05-31 14:00:00.000"
-- p5 = "2026-03-31 00:00:00.000"
-- p6 = "2026-05-31 00:00:00.000"
-- p7 = "2025-09-30 22:00:00.000"
-- p8 = "2025-12-31 23:00:00.000"
-- p9 = "2025-12-31 12:00:00.000"
-- p10 = "2026-03-01 12:00:00.000"
-- p11 = "2026-03-30"
-- p12 = "2026-04-05"
-- p13 = "2025-03-31 12:00:00.000"
-- p14 = "2026-01-31 23:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 or c2 or c3 or c4 or c5 or c6) as c0,
    toBool(t0.`first_seen_at` >= {p7:DateTime64(3, 'UTC')} and t0.`first_seen_at` < {p8:DateTime64(3, 'UTC')}) as c1,
    toBool(t0.`first_seen_at` > {p9:DateTime64(3, 'UTC')} and t0.`first_seen_at` <= {p10:DateTime64(3, 'UTC')}) as c2,
    toBool(ifNull(t0.`birthday_on` >= {p11:Date32} and t0.`birthday_on` <= {p12:Date32}, false)) as c3,
    toBool(ifNull(t1.`last_order_at` > {p13:DateTime64(3, 'UTC')} and t1.`last_order_at` <= {p1:DateTime64(3, 'UTC')}, false)) as c4,
    toBool(ifNull(t1.`last_order_at` >= {p8:DateTime64(3, 'UTC')} and t1.`last_order_at` < {p14:DateTime64(3, 'UTC')}, false)) as c5,
    toBool(g0.m0 >= 1) as c6
from `sluice`.`profiles` as t0
left join `sluice`.`profile_traits` as t1 on t1.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
      and (match(properties.`deliver_on`.:String, '^(?:19|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$') and ifNull(multiIf(length(properties.`deliver_on`.:String) = 10, parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') > {p5:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') <= {p6:DateTime64(3, 'UTC')}, match(properties.`deliver_on`.:String, ':[0-9.]+(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)$'), parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') > {p1:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') <= {p2:DateTime64(3, 'UTC')}, parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') > {p3:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`deliver_on`.:String, 6, 'UTC') <= {p4:DateTime64(3, 'UTC')}), false))
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
