-- Grain: one row per alias call. Key: message_id. Freshness: live view over the landing table.
-- Apart from stg_web__events, because whose "id before" it is may turn out later, so these few rows are read whole in each build. Not FINAL,
-- which would merge all messages to find them: of the deliveries of one call the first is taken here.
with

collected as (

    {{ source_or_empty('collected', 'events', {
        'message_id': 'String',
        'type': 'String',
        'source': 'String',
        'anonymous_id': 'String',
        'user_id': 'String',
        'previous_id': 'String',
        'occurred_at': "DateTime64(3, \\'UTC\\')",
        'received_at': "DateTime64(3, \\'UTC\\')",
    }) }}

),

first_deliveries as (

    select *
    from collected
    where type = 'alias'
    order by received_at
    limit 1 by message_id

)

select
    {{ to_text('message_id') }} as message_id,
    {{ to_text('anonymous_id') }} as anonymous_id,
    {{ to_text('user_id') }} as user_id,
    {{ to_text('previous_id') }} as previous_id,
    cast(ifNull(source, ''), 'LowCardinality(String)') as source,
    assumeNotNull(occurred_at) as occurred_at
from first_deliveries
