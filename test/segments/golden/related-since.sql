-- related-since: the members
-- p0 = "2026-03-31 12:00:00.000"
-- p1 = "UTC"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select r.`profile_id` as `profile_id`
    from `sluice`.`orders` as r
    inner join `sluice`.`profile_traits` as t0 on t0.`profile_id` = r.`profile_id`
    where ifNull(r.`ordered_at` <= {p0:DateTime64(3, 'UTC')}, false)
      and ifNull(r.`ordered_at` > t0.`last_order_at`, false)
)
  and `profile_id` in (
    select p.s as `profile_id`
    from `sluice`.`order_lines` as r
    inner join (
        select t.`profile_id` as s, t.`order_id` as v
        from `sluice`.`orders` as t
        where ifNull(t.`ordered_at` <= {p0:DateTime64(3, 'UTC')}, false)
    ) as p on p.v = r.`order_id`
    left any join (
        select
            t.`order_id` as __key,
            toNullable(t.`ordered_at`) as `ordered_at`
        from `sluice`.`orders` as t
    ) as j0 on j0.__key = r.`order_id`
    inner join `sluice`.`profiles` as t0 on t0.`profile_id` = p.s
    where ifNull(toDate32(j0.`ordered_at`, {p1:String}) <= t0.`birthday_on`, false)
    group by p.s
    having count() >= 2
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = "2026-03-31 12:00:00.000"
-- p1 = "UTC"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(g0.m0 >= 1) as c1,
    toBool(g1.m0 >= 2) as c2
from `sluice`.`profiles` as t0
left join (
    select
        r.`profile_id` as `profile_id`,
        count() as m0
    from `sluice`.`orders` as r
    inner join `sluice`.`profile_traits` as t0 on t0.`profile_id` = r.`profile_id`
    where ifNull(r.`ordered_at` <= {p0:DateTime64(3, 'UTC')}, false)
      and ifNull(r.`ordered_at` > t0.`last_order_at`, false)
    group by r.`profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`
left join (
    select
        p.s as `profile_id`,
        count() as m0
    from `sluice`.`order_lines` as r
    inner join (
        select t.`profile_id` as s, t.`order_id` as v
        from `sluice`.`orders` as t
        where ifNull(t.`ordered_at` <= {p0:DateTime64(3, 'UTC')}, false)
    ) as p on p.v = r.`order_id`
    left any join (
        select
            t.`order_id` as __key,
            toNullable(t.`ordered_at`) as `ordered_at`
        from `sluice`.`orders` as t
    ) as j0 on j0.__key = r.`order_id`
    inner join `sluice`.`profiles` as t0 on t0.`profile_id` = p.s
    where ifNull(toDate32(j0.`ordered_at`, {p1:String}) <= t0.`birthday_on`, false)
    group by p.s
) as g1 on g1.`profile_id` = t0.`profile_id`;
