select profile_id
from (
    select profile_id, arraySort(groupUniqArray(occurred_at)) as moments
    from sluice.events
    where event_name = 'Order Completed' and occurred_at <= {now:DateTime64(3, 'UTC')}
    group by profile_id
)
where length(moments) >= 2 and moments[2] <= moments[1] + interval 60 day
