-- related-members: the members
-- p0 = "Page Viewed"
-- p1 = "2026-03-01 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
select assumeNotNull(keyed.`account_id`) as `account_id`
from (
    select `account_id`
    from `sluice`.`account_members`
    where `profile_id` in (
        select `profile_id`
        from `sluice`.`events`
        where event_name = {p0:String}
          and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    )
    group by `account_id`
    having count() >= 3
) as keyed
where keyed.`account_id` != '';

-- Each condition, for everybody
-- c0 = where
-- p0 = "Page Viewed"
-- p1 = "2026-03-01 12:00:00.000"
-- p2 = "2026-03-31 12:00:00.000"
select
    t0.`account_id` as `account_id`,
    toBool(g0.m0 >= 3) as c0
from `sluice`.`accounts` as t0
left join (
    select
        `account_id`,
        count() as m0
    from `sluice`.`account_members`
    where `profile_id` in (
        select `profile_id`
        from `sluice`.`events`
        where event_name = {p0:String}
          and occurred_at > {p1:DateTime64(3, 'UTC')} and occurred_at <= {p2:DateTime64(3, 'UTC')}
    )
    group by `account_id`
) as g0 on g0.`account_id` = t0.`account_id`
where t0.`account_id` != '';
