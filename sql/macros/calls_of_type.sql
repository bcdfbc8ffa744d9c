{#
    The calls of one type that the collector has received, the first delivery of each: the columns that every call has, and `columns`
    { name: type } besides. Not FINAL, which would merge all messages to find these few. `since`: as for collected_events.
#}
{% macro calls_of_type(type, columns, since=none) -%}
    {%- set always = {
        'message_id': 'String',
        'type': 'String',
        'source': 'String',
        'anonymous_id': 'String',
        'user_id': 'String',
        'occurred_at': "DateTime64(3, \\'UTC\\')",
        'received_at': "DateTime64(3, \\'UTC\\')",
    } -%}
    select *
    from ({{ sluice.source_or_empty('collected', 'events', dict(always, **columns), where=sluice.first_deliveries(since, type) if since is not none else '') }})
    where type = '{{ type }}'
    order by received_at
    limit 1 by source, message_id
{%- endmacro %}
