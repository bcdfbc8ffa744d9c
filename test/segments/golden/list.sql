-- list: the members
-- p0 = "listed-emails"
-- p1 = "5cd28a1c46651c5d41c7d740108c6d8a"
-- p2 = "email"
-- p3 = "listed-keys"
-- p4 = "9f03494ac696b42a099f33b47aed6632"
-- p5 = "listed-ledgers"
-- p6 = "a25b94075dfb7eb895fe40165d3cf16d"
-- p7 = "listed-texts"
-- p8 = "3c1f71ac1af917a6de7b3f077030508d"
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from `sluice`.`profile_identifiers`
    where identifier_type = {p2:String}
      and identifier_value in (
        select identifier_value
        from `sluice`.`list_identifiers`
        where list_id = {p0:String}
          and version = {p1:String}
          and identifier_type = {p2:String}
    )
)
  and not `profile_id` in (
    select accurateCastOrNull(value, 'UUID')
    from `sluice_state`.`list_values`
    where list_id = {p3:String}
      and version = {p4:String}
)
  and (`profile_id` in (
    select `profile_id`
    from `sluice`.`profiles`
    where `ledger_id` in (
        select accurateCastOrNull(value, 'UInt64')
        from `sluice_state`.`list_values`
        where list_id = {p5:String}
          and version = {p6:String}
    )
)
  or `profile_id` in (
    select `profile_id`
    from `sluice`.`profiles`
    where `email` in (
        select value
        from `sluice_state`.`list_values`
        where list_id = {p7:String}
          and version = {p8:String}
    )
));

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- c3 = where.all.1.not
-- c4 = where.all.2
-- c5 = where.all.2.any.0
-- c6 = where.all.2.any.1
-- p0 = "listed-emails"
-- p1 = "5cd28a1c46651c5d41c7d740108c6d8a"
-- p2 = "email"
-- p3 = "listed-keys"
-- p4 = "9f03494ac696b42a099f33b47aed6632"
-- p5 = "listed-ledgers"
-- p6 = "a25b94075dfb7eb895fe40165d3cf16d"
-- p7 = "listed-texts"
-- p8 = "3c1f71ac1af917a6de7b3f077030508d"
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2 and c4) as c0,
    toBool(t0.`profile_id` in (
    select `profile_id`
    from `sluice`.`profile_identifiers`
    where identifier_type = {p2:String}
      and identifier_value in (
        select identifier_value
        from `sluice`.`list_identifiers`
        where list_id = {p0:String}
          and version = {p1:String}
          and identifier_type = {p2:String}
    )
)) as c1,
    toBool(not c3) as c2,
    toBool(t0.`profile_id` in (
    select accurateCastOrNull(value, 'UUID')
    from `sluice_state`.`list_values`
    where list_id = {p3:String}
      and version = {p4:String}
)) as c3,
    toBool(c5 or c6) as c4,
    toBool(t0.`profile_id` in (
    select `profile_id`
    from `sluice`.`profiles`
    where `ledger_id` in (
        select accurateCastOrNull(value, 'UInt64')
        from `sluice_state`.`list_values`
        where list_id = {p5:String}
          and version = {p6:String}
    )
)) as c5,
    toBool(t0.`profile_id` in (
    select `profile_id`
    from `sluice`.`profiles`
    where `email` in (
        select value
        from `sluice_state`.`list_values`
        where list_id = {p7:String}
          and version = {p8:String}
    )
)) as c6
from `sluice`.`profiles` as t0;
