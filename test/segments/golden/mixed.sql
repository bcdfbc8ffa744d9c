-- mixed: the members
-- p0 = ["NL","BE"]
-- p1 = "O'{p0:String}\"; drop"
-- p2 = "Order Completed"
-- p3 = "2025-03-31 12:00:00.000"
-- p4 = "2026-03-31 12:00:00.000"
-- p5 = "2026-01-30 12:00:00.000"
-- p6 = "suppressed"
-- p7 = "7"
select `profile_id`
from `sluice`.`profiles`
where ifNull(`country_code` in {p0:Array(String)}, false)
  and position(lowerUTF8(`city`), lowerUTF8({p1:String})) > 0
  and `profile_id` in (
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p2:String}
      and occurred_at > {p3:DateTime64(3, 'UTC')} and occurred_at <= {p4:DateTime64(3, 'UTC')}
    group by `profile_id`
    having count() >= 3
      and countIf(occurred_at > {p5:DateTime64(3, 'UTC')}) = 0
)
  and not `profile_id` in (
    select if(member_text = '', member_uuid, toUUIDOrZero(member_text))
    from `sluice_state`.`segment_members`
    where segment_id = {p6:String}
      and version = {p7:UInt64}
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.2
-- c4 = where.all.3
-- c5 = where.all.4
-- c6 = where.all.4.not
-- p0 = "Order Completed"
-- p1 = "2025-03-31 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "2026-01-30 12:00:00.000"
-- p4 = ["NL","BE"]
-- p5 = "O'{p0:String}\"; drop"
-- p6 = "suppressed"
-- p7 = "7"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c3 and c4 and c5) as c0,
    toBool(ifNull(t0.`country_code` in {p4:Array(String)}, false)) as c1,
    toBool(position(lowerUTF8(t0.`city`), lowerUTF8({p5:String})) > 0) as c2,
    toBool(g0.m0 >= 3) as c3,
    toBool(g0.m1 = 0) as c4,
    toBool(not c6) as c5,
    toBool(t0.`profile_id` in (
    select if(member_text = '', member_uuid, toUUIDOrZero(member_text))
    from `sluice_state`.`segment_members`
    where segment_id = {p6:String}
      and version = {p7:UInt64}
)) as c6
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0,
        countIf(occurred_at > {p3:DateTime64(3, 'UTC')}) as m1
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
