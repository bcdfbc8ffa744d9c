-- For the SQL runner: what the explore of orders_of_ours with people_of_ours asks.
select
    people_of_ours.country_code as country_code,
    count(distinct orders_of_ours.order_id) as order_count,
    sum(orders_of_ours.amount) as revenue
from sluice.orders as orders_of_ours
left join sluice.profiles as people_of_ours on orders_of_ours.profile_id = people_of_ours.profile_id
group by country_code
order by revenue desc nulls last
