-- stream-columns: the members
-- p0 = "UTC"
-- p1 = "2025-12-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "20.00"
-- p4 = "small"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select s.`customer_id` as `profile_id`
    from `sluice`.`returns` as s
    where toDateTime64(s.`returned_on`, 3, {p0:String}) > {p1:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p0:String}) <= {p2:DateTime64(3, 'UTC')}
      and ifNull(s.`revenue` >= {p3:Decimal(18, 2)}, false)
      and ifNull(position(lowerUTF8(s.`reason`), lowerUTF8({p4:String})) > 0, false)
      and ifNull(not (s.`is_damaged`), false)
    group by s.`customer_id`
    having count() >= 2
);

-- Each condition, for everybody
-- c0 = where
-- p0 = "UTC"
-- p1 = "2025-12-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "20.00"
-- p4 = "small"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 2) as c0
from `sluice`.`profiles` as t0
left join (
    select
        s.`customer_id` as `profile_id`,
        count() as m0
    from `sluice`.`returns` as s
    where toDateTime64(s.`returned_on`, 3, {p0:String}) > {p1:DateTime64(3, 'UTC')} and toDateTime64(s.`returned_on`, 3, {p0:String}) <= {p2:DateTime64(3, 'UTC')}
      and ifNull(s.`revenue` >= {p3:Decimal(18, 2)}, false)
      and ifNull(position(lowerUTF8(s.`reason`), lowerUTF8({p4:String})) > 0, false)
      and ifNull(not (s.`is_damaged`), false)
    group by s.`customer_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
