with orders as (
    select profile_id, occurred_at, properties.skus.:`Array(Nullable(String))` as skus
    from sluice.events
    where event_name = 'Order Completed' and occurred_at <= {now:DateTime64(3, 'UTC')}
)
select distinct profile_id
from (
    select
        espresso.profile_id,
        espresso.occurred_at,
        countIf(
            has(other.skus, 'grinder')
            and other.occurred_at > espresso.occurred_at
            and other.occurred_at <= espresso.occurred_at + interval 30 day
        ) as grinders
    from orders as espresso
    inner join orders as other on other.profile_id = espresso.profile_id
    where has(espresso.skus, 'espresso') and espresso.occurred_at <= {now:DateTime64(3, 'UTC')} - interval 30 day
    group by espresso.profile_id, espresso.occurred_at
)
where grinders = 0
