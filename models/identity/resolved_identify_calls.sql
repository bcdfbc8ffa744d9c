-- Grain: one row per identify call. Key: (source, message_id). Freshness: each build.
-- Whose the call is, and what it says of them. Apart from its readers, because only these calls, a few in a hundred, carry addresses and traits: to
-- look for those in every event would double what `resolved_events` costs.
{{ config(order_by='node') }}
{%- set columns = ['first_name', 'last_name', 'city', 'country_code', 'language'] %}

select message_id, node, is_beyond_caller, source, observed_at, pairs
from (
    select
        message_id,
        {{ row_node('stg_web__events') }} as node,
        node != {{ caller_node() }} as is_beyond_caller,
        source,
        occurred_at as observed_at,
        {{ email_of_several('email') }} as role_mailbox,
        JSONExtractKeysAndValuesRaw(traits) as said,
        arrayConcat(
            arrayFilter(pair -> pair.2 != '' and not {{ is_unfilled('pair.2') }}, [
                {%- for name in columns %}
                ('{{ name }}', {{ trim_space(name) }}),
                {%- endfor %}
                ('email', role_mailbox),
                ('consent_email', {{ consent_of_traits('said') }})
            ]),
            {{ further_traits('said') }}
        ) as pairs
    from {{ ref('stg_web__events') }}
    where event_type = 'identify'
)
