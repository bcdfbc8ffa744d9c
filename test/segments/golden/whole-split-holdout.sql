-- whole-split-holdout: the members
-- p0 = "Order Completed"
-- p1 = "2025-12-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "split:summer-2026:"
-- p4 = "holdout:all-mail:"
select `profile_id`
from (
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
)
where reinterpretAsUInt64(substring(SHA256(concat({p3:String}, toString(`profile_id`))), 1, 8)) % 10000 between 0 and 4999
  and reinterpretAsUInt64(substring(SHA256(concat({p4:String}, toString(`profile_id`))), 1, 8)) % 10000 >= 1000;

-- The held-out
select `profile_id`
from (
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
)
where reinterpretAsUInt64(substring(SHA256(concat({p3:String}, toString(`profile_id`))), 1, 8)) % 10000 between 0 and 4999
  and reinterpretAsUInt64(substring(SHA256(concat({p4:String}, toString(`profile_id`))), 1, 8)) % 10000 < 1000;

-- Each condition, for everybody
-- c0 = where
-- p0 = "Order Completed"
-- p1 = "2025-12-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 1) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
