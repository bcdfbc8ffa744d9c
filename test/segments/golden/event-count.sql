-- event-count: the members
-- p0 = "Order Completed"
-- p1 = "2025-03-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "20"
-- p4 = "tea"
select `profile_id`
from `sluice`.`events`
where event_name = {p0:String}
  and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
  and ifNull(accurateCastOrNull(properties.`revenue`, 'Float64') > {p3:Float64}, false)
  and startsWith(lowerUTF8(toString(properties.`item`.`sku`)), lowerUTF8({p4:String}))
group by `profile_id`
having count() >= 3;

-- Each condition, for everybody
-- c0 = where
-- p0 = "Order Completed"
-- p1 = "2025-03-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "20"
-- p4 = "tea"
select
    t0.`profile_id` as `profile_id`,
    toBool(e.n0 >= 3) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as n0
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
      and ifNull(accurateCastOrNull(properties.`revenue`, 'Float64') > {p3:Float64}, false)
      and startsWith(lowerUTF8(toString(properties.`item`.`sku`)), lowerUTF8({p4:String}))
    group by `profile_id`
) as e on e.`profile_id` = t0.`profile_id`;
