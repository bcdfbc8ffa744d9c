-- The remainder of the whole number, byte by byte from the highest one on.
select profile_id
from (
    select
        profile_id,
        SHA256('holdout:spring-2026:' || toString(profile_id)) as hash,
        arrayFold((bucket, place) -> (bucket * 256 + ascii(substring(hash, place, 1))) % 10000, reverse(range(1, 9)), toInt32(0)) as bucket
    from sluice.profiles
    where profile_id in (
        select profile_id
        from sluice.events
        where event_name = 'Order Completed'
          and occurred_at > {now:DateTime64(3, 'UTC')} - interval 90 day and occurred_at <= {now:DateTime64(3, 'UTC')}
    )
)
where bucket >= 1000
