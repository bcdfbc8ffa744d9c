select distinct profile_id
from (
    select orders.profile_id as profile_id, lines.product_id
    from sluice.orders as orders
    inner join sluice.order_lines as lines on lines.order_id = orders.order_id
    where lines.product_id is not null
    group by profile_id, lines.product_id
    having count() = 2
)
