-- whole-exclude: the members
-- p0 = "Gent"
-- p1 = "suppressed"
-- p2 = "7"
select `profile_id`
from (
    select `profile_id`
    from `sluice`.`profiles`
    where `city` = {p0:String}
)
where not `profile_id` in (
    select if(member_text = '', member_uuid, toUUIDOrZero(member_text))
    from `sluice_state`.`segment_members`
    where segment_id = {p1:String}
      and version = {p2:UInt64}
);

-- Each condition, for everybody
-- c0 = where
-- p0 = "Gent"
select
    t0.`profile_id` as `profile_id`,
    toBool(t0.`city` = {p0:String}) as c0
from `sluice`.`profiles` as t0;
