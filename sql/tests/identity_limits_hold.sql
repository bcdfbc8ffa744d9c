-- No profile holds more values of a type than its rule allows: two people would be one. Only what people forced together may.
{%- set limited = identity_types() | selectattr('limit') | list %}
{%- set forced %}
    select canonical_id
    from {{ ref('identity_graph') }}
    where node in (select node_a from {{ ref('identity_decisions') }} where kind = 'force_link')
{%- endset %}

{%- for type in limited %}
{{ 'union all' if not loop.first }}
{%- if not type.limit.within_days %}
select
    '{{ type.name }}' as identifier_type,
    canonical_id,
    count() as held,
    {{ type.limit.max }} as allowed
from {{ ref('identity_graph') }}
where type_number = {{ type.number }}
group by canonical_id
having held > allowed and canonical_id not in ({{ forced }})
{%- else %}
-- within a window the limit counts values by when each was first seen
select
    '{{ type.name }}' as identifier_type,
    canonical_id,
    length(seen) as held,
    {{ type.limit.max }} as allowed
from (
    select
        canonical_id,
        arraySort(groupArray(ifNull(toUnixTimestamp64Milli(identifiers.first_seen_at), 0))) as seen
    from {{ ref('identity_graph') }} as graph
    inner join {{ ref('identity_identifiers') }} as identifiers on identifiers.node = graph.node
    where graph.type_number = {{ type.number }}
    group by canonical_id
)
where held > allowed
    and arrayExists(
        (first, last) -> last - first <= {{ type.limit.within_days * 86400000 }},
        arraySlice(seen, 1, held - allowed),
        arraySlice(seen, allowed + 1)
    )
    and canonical_id not in ({{ forced }})
{%- endif %}
{%- endfor %}
{%- if not limited %}
select 1 as limited where 0
{%- endif %}
