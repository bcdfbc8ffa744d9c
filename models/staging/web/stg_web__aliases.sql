-- Grain: one row per alias call. Key: (source, message_id). Freshness: live view over the landing table.
-- Apart from stg_web__events, because whose "id before" it is may turn out later, so these few rows are read whole in each build.
with

first_deliveries as (

    {{ calls_of_type('alias', {'previous_id': 'String'}) }}

)

select
    {{ to_text('message_id') }} as message_id,
    {{ to_text('anonymous_id') }} as anonymous_id,
    {{ to_text('user_id') }} as user_id,
    {{ to_text('previous_id') }} as previous_id,
    cast(ifNull(source, ''), 'LowCardinality(String)') as source,
    assumeNotNull(occurred_at) as occurred_at
from first_deliveries
