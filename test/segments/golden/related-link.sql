-- related-link: the members
-- p0 = "owner"
-- p1 = "acme"
-- p2 = "2026-03-01 12:00:00.000"
-- p3 = "2026-03-31 12:00:00.000"
select `profile_id`
from `sluice`.`account_members`
where ifNull(`role` = {p0:String}, false)
  and `account_id` in (
    select assumeNotNull(keyed.`account_id`) as `account_id`
    from (
        select `account_id`
        from `sluice`.`accounts`
        where ifNull(position(lowerUTF8(`name`), lowerUTF8({p1:String})) > 0, false)
    ) as keyed
    where keyed.`account_id` != ''
)
  and ifNull(`since` > {p2:DateTime64(3, 'UTC')} and `since` <= {p3:DateTime64(3, 'UTC')}, false)
group by `profile_id`;

-- Each condition, for everybody
-- c0 = where
-- p0 = "owner"
-- p1 = "acme"
-- p2 = "2026-03-01 12:00:00.000"
-- p3 = "2026-03-31 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 1) as c0
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from `sluice`.`account_members`
    where ifNull(`role` = {p0:String}, false)
      and `account_id` in (
        select assumeNotNull(keyed.`account_id`) as `account_id`
        from (
            select `account_id`
            from `sluice`.`accounts`
            where ifNull(position(lowerUTF8(`name`), lowerUTF8({p1:String})) > 0, false)
        ) as keyed
        where keyed.`account_id` != ''
    )
      and ifNull(`since` > {p2:DateTime64(3, 'UTC')} and `since` <= {p3:DateTime64(3, 'UTC')}, false)
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
