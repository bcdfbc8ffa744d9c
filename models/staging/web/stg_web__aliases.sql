-- Grain: one row per alias call. Key: (source, message_id). Freshness: live view over the landing table.
-- Apart from stg_web__events: the owner of an "id before" may become known later, so each build reads all of these few rows.
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
