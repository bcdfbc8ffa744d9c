with everything as (
    select profile_id, event_name = 'Product Added' as is_cart, occurred_at as at
    from sluice.events
    union all
    select assumeNotNull(customer_id), false, toDateTime64(assumeNotNull(returned_on), 3, 'Europe/Brussels')
    from sluice.returns
    where customer_id is not null and returned_on is not null
)
select profile_id
from everything
where at <= {now:DateTime64(3, 'UTC')}
group by profile_id
having maxIf(at, is_cart) = max(at) and countIf(is_cart) > 0
