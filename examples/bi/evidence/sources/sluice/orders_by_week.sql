-- A text for the week and numbers for the rest: what Evidence keeps of an answer.
select
    toString(toStartOfWeek(ordered_at, 1)) as week,
    channel,
    count() as orders,
    toFloat64(sum(amount)) as revenue
from sluice.orders
where not is_cancelled
  and ordered_at is not null
group by
    week,
    channel
order by
    week,
    channel
