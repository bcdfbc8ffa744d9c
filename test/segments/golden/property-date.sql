-- property-date: the members
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "2026-03-28 23:00:00.000"
-- p3 = "2026-03-29 00:00:00.000"
-- p4 = "2026-03-29"
-- p5 = "2026-03-29 22:00:00.000"
-- p6 = "2026-03-30 00:00:00.000"
-- p7 = "2026-03-01 12:00:00.000"
-- p8 = "2026-03-01 13:00:00.000"
-- p9 = "2026-03-31 14:00:00.000"
-- p10 = "2026-03-01 00:00:00.000"
-- p11 = "2026-03-31 00:00:00.000"
select `profile_id`
from `sluice`.`events`
where event_name = {p0:String}
  and occurred_at <= {p1:DateTime64(3, 'UTC')}
group by `profile_id`
having countIf((match(properties.`delivered_on`.:String, '^(?:19|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$') and ifNull(multiIf(length(properties.`delivered_on`.:String) = 10, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p3:DateTime64(3, 'UTC')}, match(properties.`delivered_on`.:String, ':[0-9.]+(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)$'), parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p2:DateTime64(3, 'UTC')}, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p3:DateTime64(3, 'UTC')}), false))) >= 1
  or countIf((ifNull(properties.`delivered_on`.:String = {p4:String}, false) or (match(properties.`delivered_on`.:String, '^(?:19|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$') and ifNull(multiIf(length(properties.`delivered_on`.:String) = 10, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p3:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') < {p6:DateTime64(3, 'UTC')}, match(properties.`delivered_on`.:String, ':[0-9.]+(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)$'), parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p2:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') < {p5:DateTime64(3, 'UTC')}, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p3:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') < {p6:DateTime64(3, 'UTC')}), false)))) >= 1
  or countIf((match(properties.`delivered_on`.:String, '^(?:19|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$') and ifNull(multiIf(length(properties.`delivered_on`.:String) = 10, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') > {p10:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') <= {p11:DateTime64(3, 'UTC')}, match(properties.`delivered_on`.:String, ':[0-9.]+(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)$'), parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') > {p7:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') <= {p1:DateTime64(3, 'UTC')}, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') > {p8:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') <= {p9:DateTime64(3, 'UTC')}), false))) >= 1;

-- Each condition, for everybody
-- c0 = where
-- c1 = where.any.0
-- c2 = where.any.1
-- c3 = where.any.2
-- p0 = "Order Completed"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "2026-03-28 23:00:00.000"
-- p3 = "2026-03-29 00:00:00.000"
-- p4 = "2026-03-29"
-- p5 = "2026-03-29 22:00:00.000"
-- p6 = "2026-03-30 00:00:00.000"
-- p7 = "2026-03-01 12:00:00.000"
-- p8 = "2026-03-01 13:00:00.000"
-- p9 = "2026-03-31 14:00:00.000"
-- p10 = "2026-03-01 00:00:00.000"
-- p11 = "2026-03-31 00:00:00.000"
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
        countIf((match(properties.`delivered_on`.:String, '^(?:19|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$') and ifNull(multiIf(length(properties.`delivered_on`.:String) = 10, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p3:DateTime64(3, 'UTC')}, match(properties.`delivered_on`.:String, ':[0-9.]+(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)$'), parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p2:DateTime64(3, 'UTC')}, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p3:DateTime64(3, 'UTC')}), false))) as m0,
        countIf((ifNull(properties.`delivered_on`.:String = {p4:String}, false) or (match(properties.`delivered_on`.:String, '^(?:19|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$') and ifNull(multiIf(length(properties.`delivered_on`.:String) = 10, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p3:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') < {p6:DateTime64(3, 'UTC')}, match(properties.`delivered_on`.:String, ':[0-9.]+(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)$'), parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p2:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') < {p5:DateTime64(3, 'UTC')}, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') >= {p3:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') < {p6:DateTime64(3, 'UTC')}), false)))) as m1,
        countIf((match(properties.`delivered_on`.:String, '^(?:19|2[0-2])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?$') and ifNull(multiIf(length(properties.`delivered_on`.:String) = 10, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') > {p10:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') <= {p11:DateTime64(3, 'UTC')}, match(properties.`delivered_on`.:String, ':[0-9.]+(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)$'), parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') > {p7:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') <= {p1:DateTime64(3, 'UTC')}, parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') > {p8:DateTime64(3, 'UTC')} and parseDateTime64BestEffortOrNull(properties.`delivered_on`.:String, 6, 'UTC') <= {p9:DateTime64(3, 'UTC')}), false))) as m2
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
