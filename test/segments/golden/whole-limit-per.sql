-- whole-limit-per: the members
-- p0 = "suppressed"
-- p1 = "7"
-- p2 = "holdout:loyalty:"
select `profile_id`
from (
    select
        t0.`profile_id` as `profile_id`,
        reinterpretAsUInt64(substring(SHA256(concat({p2:String}, toString(t0.`profile_id`))), 1, 8)) % 10000 < 2500 as is_held_out,
        countIf(not is_held_out) over (partition by nullIf(t0.`country_code`, '') order by t1.`points` asc nulls last, toString(t0.`profile_id`) rows between unbounded preceding and current row) as place,
        countIf(not is_held_out) over (partition by nullIf(t0.`country_code`, '')) as of_all
    from `sluice`.`profiles` as t0
    left join (
        select
            t.`profile_id` as `profile_id`,
            toNullable(max(t.`points`)) as `points`
        from `sluice`.`loyalty` as t
        group by t.`profile_id`
    ) as t1 on t1.`profile_id` = t0.`profile_id`
    where t0.`profile_id` in (
        select `profile_id`
        from (
            select `profile_id`
            from `sluice`.`profiles`
            where `city` != ''
        )
        where not `profile_id` in (
            select if(member_text = '', member_uuid, toUUIDOrZero(member_text))
            from `sluice_state`.`segment_members`
            where segment_id = {p0:String}
              and version = {p1:UInt64}
        )
    )
)
where not is_held_out
  and place <= intDiv(of_all * 1000 + 9999, 10000);

-- The held-out
select `profile_id`
from (
    select
        t0.`profile_id` as `profile_id`,
        reinterpretAsUInt64(substring(SHA256(concat({p2:String}, toString(t0.`profile_id`))), 1, 8)) % 10000 < 2500 as is_held_out,
        countIf(not is_held_out) over (partition by nullIf(t0.`country_code`, '') order by t1.`points` asc nulls last, toString(t0.`profile_id`) rows between unbounded preceding and current row) as place,
        countIf(not is_held_out) over (partition by nullIf(t0.`country_code`, '')) as of_all
    from `sluice`.`profiles` as t0
    left join (
        select
            t.`profile_id` as `profile_id`,
            toNullable(max(t.`points`)) as `points`
        from `sluice`.`loyalty` as t
        group by t.`profile_id`
    ) as t1 on t1.`profile_id` = t0.`profile_id`
    where t0.`profile_id` in (
        select `profile_id`
        from (
            select `profile_id`
            from `sluice`.`profiles`
            where `city` != ''
        )
        where not `profile_id` in (
            select if(member_text = '', member_uuid, toUUIDOrZero(member_text))
            from `sluice_state`.`segment_members`
            where segment_id = {p0:String}
              and version = {p1:UInt64}
        )
    )
)
where is_held_out
  and place < intDiv(of_all * 1000 + 9999, 10000);

-- Each condition, for everybody
-- c0 = where
select
    t0.`profile_id` as `profile_id`,
    toBool(t0.`city` != '') as c0
from `sluice`.`profiles` as t0;
