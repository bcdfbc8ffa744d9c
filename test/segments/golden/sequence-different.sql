-- sequence-different: the members
-- p0 = "Order Completed"
-- p1 = 2419199999
-- p2 = "2026-03-31 12:00:00.000"
select `profile_id`
from (
    select `profile_id`
    from (
        select
            `profile_id`,
            m,
            arrayMap((x, f, g) -> if(f.3 != x.3, f, g), m, f, g) as o
        from (
            select
                `profile_id`,
                m,
                f,
                arrayFill((b, is) -> is, b, arrayMap((x, b) -> bitAnd(x.1, 3) = 2 and bitAnd(b.1, 3) = 2 and x.3 != b.3, m, b)) as g
            from (
                select
                    `profile_id`,
                    m,
                    f,
                    arrayPopBack(arrayPushFront(f, (toInt64(0), toInt64(0), ''))) as b
                from (
                    select
                        `profile_id`,
                        m,
                        arrayFill(y -> bitAnd(y.1, 3) = 2, m) as f
                    from (
                        select
                            `profile_id`,
                            arraySort(arrayConcat(arrayFilter(x -> x.3 != '', groupArrayIf((4 * ms + 2, 4 * ms + 1, d), e0)), arrayFilter(x -> x.3 != '', groupArrayIf((4 * ms + 1, 4 * ms + 1, d), e0)))) as m
                        from (
                            select
                                s.`profile_id` as `profile_id`,
                                assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                                if(ifNull(s.properties.`store_id`.:Float64 = 0, false), '0', ifNull(if(s.properties.`store_id`.:String is not null, s.properties.`store_id`.:String, if(startsWith(dynamicType(s.properties.`store_id`), 'Array'), '', toString(s.properties.`store_id`))), '')) as d,
                                s.event_name = {p0:String} as e0
                            from `sluice`.`events` as s
                            where s.event_name = {p0:String}
                              and s.occurred_at <= {p2:DateTime64(3, 'UTC')}
                        )
                        group by `profile_id`
                    )
                )
            )
        )
    )
    where arrayExists((x, p) -> bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p1:Int64}, m, o)
)
group by `profile_id`;

-- Each condition, for everybody
-- c0 = where
-- p0 = "Order Completed"
-- p1 = 2419199999
-- p2 = "2026-03-31 12:00:00.000"
select
    t0.`profile_id` as `profile_id`,
    toBool(g0.m0 >= 1) as c0
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
                m,
                arrayMap((x, f, g) -> if(f.3 != x.3, f, g), m, f, g) as o
            from (
                select
                    `profile_id`,
                    m,
                    f,
                    arrayFill((b, is) -> is, b, arrayMap((x, b) -> bitAnd(x.1, 3) = 2 and bitAnd(b.1, 3) = 2 and x.3 != b.3, m, b)) as g
                from (
                    select
                        `profile_id`,
                        m,
                        f,
                        arrayPopBack(arrayPushFront(f, (toInt64(0), toInt64(0), ''))) as b
                    from (
                        select
                            `profile_id`,
                            m,
                            arrayFill(y -> bitAnd(y.1, 3) = 2, m) as f
                        from (
                            select
                                `profile_id`,
                                arraySort(arrayConcat(arrayFilter(x -> x.3 != '', groupArrayIf((4 * ms + 2, 4 * ms + 1, d), e0)), arrayFilter(x -> x.3 != '', groupArrayIf((4 * ms + 1, 4 * ms + 1, d), e0)))) as m
                            from (
                                select
                                    s.`profile_id` as `profile_id`,
                                    assumeNotNull(toUnixTimestamp64Milli(toDateTime64(s.occurred_at, 3))) as ms,
                                    if(ifNull(s.properties.`store_id`.:Float64 = 0, false), '0', ifNull(if(s.properties.`store_id`.:String is not null, s.properties.`store_id`.:String, if(startsWith(dynamicType(s.properties.`store_id`), 'Array'), '', toString(s.properties.`store_id`))), '')) as d,
                                    s.event_name = {p0:String} as e0
                                from `sluice`.`events` as s
                                where s.event_name = {p0:String}
                                  and s.occurred_at <= {p2:DateTime64(3, 'UTC')}
                            )
                            group by `profile_id`
                        )
                    )
                )
            )
        )
        where arrayExists((x, p) -> bitAnd(x.1, 3) = 1 and bitAnd(p.1, 3) = 2 and x.1 - p.1 <= {p1:Int64}, m, o)
    )
    group by `profile_id`
) as g0 on g0.`profile_id` = t0.`profile_id`;
