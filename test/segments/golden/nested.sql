-- nested: the members
-- p0 = "10"
-- p1 = "Returned"
-- p2 = "2026-03-31 12:00:00.000"
-- p3 = "suppressed"
-- p4 = "7"
select `profile_id`
from `sluice`.`profiles`
where (`profile_id` in (
    select `profile_id`
    from `sluice`.`profile_traits`
    where `order_count` >= {p0:UInt32}
)
  and not (`profile_id` in (
    select `profile_id`
    from `sluice`.`events`
    where event_name = {p1:String}
      and occurred_at <= {p2:DateTime64(3, 'UTC')}
)
  or ifNull(not `consent_email`, false)))
  or `profile_id` in (
    select if(member_text = '', member_uuid, toUUIDOrZero(member_text))
    from `sluice_state`.`segment_members`
    where segment_id = {p3:String}
      and version = {p4:UInt64}
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.any.0
-- c2 = where.any.0.all.0
-- c3 = where.any.0.all.1
-- c4 = where.any.0.all.1.not
-- c5 = where.any.0.all.1.not.any.0
-- c6 = where.any.0.all.1.not.any.1
-- c7 = where.any.1
-- p0 = "Returned"
-- p1 = "2026-03-31 12:00:00.000"
-- p2 = "10"
-- p3 = "suppressed"
-- p4 = "7"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 or c7) as c0,
    toBool(c2 and c3) as c1,
    toBool(ifNull(t1.`order_count` >= {p2:UInt32}, false)) as c2,
    toBool(not c4) as c3,
    toBool(c5 or c6) as c4,
    toBool(g0.m0 >= 1) as c5,
    toBool(ifNull(not t0.`consent_email`, false)) as c6,
    toBool(t0.`profile_id` in (
    select if(member_text = '', member_uuid, toUUIDOrZero(member_text))
    from `sluice_state`.`segment_members`
    where segment_id = {p3:String}
      and version = {p4:UInt64}
)) as c7
from `sluice`.`profiles` as t0
left join (
    select
        t.`profile_id` as `profile_id`,
        toNullable(t.`order_count`) as `order_count`
    from `sluice`.`profile_traits` as t
) as t1 on t1.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`events`
    where event_name = {p0:String}
      and occurred_at <= {p1:DateTime64(3, 'UTC')}
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
