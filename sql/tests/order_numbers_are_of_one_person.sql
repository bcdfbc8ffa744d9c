-- Site and server may both report an order, and then it is one. Two shops that number their orders alike would be taken for that, and one of two
-- orders be lost: where several sources say that one number was completed by several people, the build goes on and says so, by the sources and how
-- many numbers it is.
{{ config(severity='warn') }}

select
    sources,
    count() as order_count
from (
    select
        order_id,
        arrayStringConcat(arraySort(groupUniqArray(toString(source))), ', ') as sources
    from {{ ref('resolved_order_reports') }}
    where kind = 'completed'
    group by order_id
    having uniqExact(source) > 1 and uniqExact(profile_id) > 1
)
group by sources
