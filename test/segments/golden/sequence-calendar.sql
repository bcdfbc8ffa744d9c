-- sequence-calendar: the members
-- p0 = "Order Completed"
-- p1 = 86399999
-- p2 = "Europe/Brussels"
-- p3 = 2
-- p4 = 345599998
-- p5 = "2026-03-31 12:00:00.000"
-- p6 = 12
-- p7 = 1774958400000
select `profile_id`
from `sluice`.`profiles`
where `profile_id` in (
    select `profile_id`
    from (
        select `profile_id`
        from (
            select
                `profile_id`,
                arraySort(arrayConcat(if(countIf(e0) > 0, [minIf(4 * ms + {p4:Int64}, e0)], []), groupArrayIf(4 * ms + 1, e0))) as m
            from (
                select
                    s.`profile_id` as `profile_id`,
                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                    s.event_name = {p0:String} as e0
                from `sluice`.`events` as s
                where s.event_name = {p0:String}
                  and s.occurred_at <= {p5:DateTime64(3, 'UTC')}
            )
            group by `profile_id`
        )
        where arrayExists((x, p, l) -> bitAnd(x, 3) = 1 and bitAnd(p, 3) = 2 and x <= 4 * l + 1, m, arrayFill(y -> bitAnd(y, 3) = 2, m), arrayMap(e -> if(e.2 + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(e.2, {p2:String})) >= e.1, e.2, arrayFirst(q -> q + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(q, {p2:String})) >= e.1, arrayMap(k -> (intDiv(e.2, 900000) + k) * 900000, range(toUInt16(2 + intDiv(e.3 - e.2, 900000)))))), arrayMap(o -> (o.1, o.1 - greatest(o.2, o.3), o.1 - least(o.2, o.3)), arrayMap(w -> (w, 1000 * timeZoneOffset(fromUnixTimestamp64Milli(w - 86400000, {p2:String})), 1000 * timeZoneOffset(fromUnixTimestamp64Milli(w + 86400000, {p2:String}))), arrayMap(t -> toUnixTimestamp64Milli(addMonths(fromUnixTimestamp64Milli(t + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(t, {p2:String})), 'UTC'), {p3:Int64})), arrayMap(y -> bitShiftRight(y, 2) - {p1:Int64}, arrayFill(y -> bitAnd(y, 3) = 2, m)))))))
    )
)
  and `profile_id` in (
    select `profile_id`
    from (
        select `profile_id`
        from (
            select
                `profile_id`,
                arraySort(arrayConcat(groupArrayIf(4 * ms + 1, e0), groupArrayIf(4 * ms + 0, e0))) as m
            from (
                select
                    s.`profile_id` as `profile_id`,
                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                    s.event_name = {p0:String} as e0
                from `sluice`.`events` as s
                where s.event_name = {p0:String}
                  and s.occurred_at <= {p5:DateTime64(3, 'UTC')}
            )
            group by `profile_id`
        )
        where arrayExists((x, p, l) -> bitAnd(x, 3) = 1 and l <= {p7:Int64} and (bitAnd(p, 3) != 0 or p > 4 * l + 0), m, arrayReverseFill(y -> bitAnd(y, 3) = 0, m), arrayMap(e -> if(e.2 + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(e.2, {p2:String})) >= e.1, e.2, arrayFirst(q -> q + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(q, {p2:String})) >= e.1, arrayMap(k -> (intDiv(e.2, 900000) + k) * 900000, range(toUInt16(2 + intDiv(e.3 - e.2, 900000)))))), arrayMap(o -> (o.1, o.1 - greatest(o.2, o.3), o.1 - least(o.2, o.3)), arrayMap(w -> (w, 1000 * timeZoneOffset(fromUnixTimestamp64Milli(w - 86400000, {p2:String})), 1000 * timeZoneOffset(fromUnixTimestamp64Milli(w + 86400000, {p2:String}))), arrayMap(t -> toUnixTimestamp64Milli(addMonths(fromUnixTimestamp64Milli(t + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(t, {p2:String})), 'UTC'), {p6:Int64})), arrayMap(y -> bitShiftRight(y, 2), m))))))
    )
);

-- Each condition, for everybody
-- c0 = where
-- c1 = where.all.0
-- c2 = where.all.1
-- p0 = "Order Completed"
-- p1 = 86399999
-- p2 = "Europe/Brussels"
-- p3 = 2
-- p4 = 345599998
-- p5 = "2026-03-31 12:00:00.000"
-- p6 = 12
-- p7 = 1774958400000
select
    t0.`profile_id` as `profile_id`,
    toBool(c1 and c2) as c0,
    toBool(g0.m0 >= 1) as c1,
    toBool(g1.m0 >= 1) as c2
from `sluice`.`profiles` as t0
left join (
    select
        `profile_id`,
        count() as m0
    from (
        select `profile_id`
        from (
            select
                `profile_id`,
                arraySort(arrayConcat(if(countIf(e0) > 0, [minIf(4 * ms + {p4:Int64}, e0)], []), groupArrayIf(4 * ms + 1, e0))) as m
            from (
                select
                    s.`profile_id` as `profile_id`,
                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                    s.event_name = {p0:String} as e0
                from `sluice`.`events` as s
                where s.event_name = {p0:String}
                  and s.occurred_at <= {p5:DateTime64(3, 'UTC')}
            )
            group by `profile_id`
        )
        where arrayExists((x, p, l) -> bitAnd(x, 3) = 1 and bitAnd(p, 3) = 2 and x <= 4 * l + 1, m, arrayFill(y -> bitAnd(y, 3) = 2, m), arrayMap(e -> if(e.2 + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(e.2, {p2:String})) >= e.1, e.2, arrayFirst(q -> q + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(q, {p2:String})) >= e.1, arrayMap(k -> (intDiv(e.2, 900000) + k) * 900000, range(toUInt16(2 + intDiv(e.3 - e.2, 900000)))))), arrayMap(o -> (o.1, o.1 - greatest(o.2, o.3), o.1 - least(o.2, o.3)), arrayMap(w -> (w, 1000 * timeZoneOffset(fromUnixTimestamp64Milli(w - 86400000, {p2:String})), 1000 * timeZoneOffset(fromUnixTimestamp64Milli(w + 86400000, {p2:String}))), arrayMap(t -> toUnixTimestamp64Milli(addMonths(fromUnixTimestamp64Milli(t + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(t, {p2:String})), 'UTC'), {p3:Int64})), arrayMap(y -> bitShiftRight(y, 2) - {p1:Int64}, arrayFill(y -> bitAnd(y, 3) = 2, m)))))))
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`
left join (
    select
        `profile_id`,
        count() as m0
    from (
        select `profile_id`
        from (
            select
                `profile_id`,
                arraySort(arrayConcat(groupArrayIf(4 * ms + 1, e0), groupArrayIf(4 * ms + 0, e0))) as m
            from (
                select
                    s.`profile_id` as `profile_id`,
                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                    s.event_name = {p0:String} as e0
                from `sluice`.`events` as s
                where s.event_name = {p0:String}
                  and s.occurred_at <= {p5:DateTime64(3, 'UTC')}
            )
            group by `profile_id`
        )
        where arrayExists((x, p, l) -> bitAnd(x, 3) = 1 and l <= {p7:Int64} and (bitAnd(p, 3) != 0 or p > 4 * l + 0), m, arrayReverseFill(y -> bitAnd(y, 3) = 0, m), arrayMap(e -> if(e.2 + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(e.2, {p2:String})) >= e.1, e.2, arrayFirst(q -> q + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(q, {p2:String})) >= e.1, arrayMap(k -> (intDiv(e.2, 900000) + k) * 900000, range(toUInt16(2 + intDiv(e.3 - e.2, 900000)))))), arrayMap(o -> (o.1, o.1 - greatest(o.2, o.3), o.1 - least(o.2, o.3)), arrayMap(w -> (w, 1000 * timeZoneOffset(fromUnixTimestamp64Milli(w - 86400000, {p2:String})), 1000 * timeZoneOffset(fromUnixTimestamp64Milli(w + 86400000, {p2:String}))), arrayMap(t -> toUnixTimestamp64Milli(addMonths(fromUnixTimestamp64Milli(t + 1000 * timeZoneOffset(fromUnixTimestamp64Milli(t, {p2:String})), 'UTC'), {p6:Int64})), arrayMap(y -> bitShiftRight(y, 2), m))))))
    )
    group by `profile_id`
) as g1 on g1.`profile_id` = t0.`profile_id`;
