select orders.profile_id as profile_id
from sluice.orders as orders
inner join sluice.order_lines as lines on lines.order_id = orders.order_id
inner join sluice.products as products on products.product_id = lines.product_id
group by profile_id
having uniqExact(products.category) >= 3
