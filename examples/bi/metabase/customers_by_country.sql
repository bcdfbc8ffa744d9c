-- A question in SQL: known customers and what they have spent, by country.
select
    coalesce(profiles.country_code, 'unknown') as country,
    count() as customers,
    sum(profile_revenue.revenue_total) as revenue,
    profile_revenue.currency_code as currency
from sluice.profile_revenue
inner join sluice.profiles on profiles.profile_id = profile_revenue.profile_id
where profiles.is_identified
group by
    country,
    currency
order by
    revenue desc nulls last
