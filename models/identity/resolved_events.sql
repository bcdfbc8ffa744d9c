-- Grain: one row per collected message that belongs to a profile. Key: (source, message_id). Freshness: each build.
-- The table behind `events`. Sorted for segments: "who did X, how often, when" reads one range per event name, and finds each
-- person's events together (50 event conditions over 20 million events: 1.8 s in all, on two cores).
{{ config(order_by='(event_name, profile_id, occurred_at)') }}
with

events as (

    select
        *,
        {{ caller_node() }} as caller_node,
        -- all other calls have nothing to look up
        if(event_type = 'identify', message_id, '') as identify_id,
        {{ account_node('group_id', 'group_id') }} as account_node
    from {{ ref('stg_web__events') }}

),

-- identify calls that belong to an address or a card, because the caller's ids are not used as links or are weaker
identified as (

    select source, message_id, node
    from {{ ref('resolved_identify_calls') }}
    where is_beyond_caller

),

accounts as (

    select node, profile_id as account_id
    from {{ ref('identity_map') }}
    where entity = 'account' and identifier_type = 'group_id'

)

select
    events.message_id as message_id,
    map.profile_id as profile_id,
    events.event_type as event_type,
    events.event_name as event_name,
    events.occurred_at as occurred_at,
    events.received_at as received_at,
    events.source as source,
    events.group_id as group_id,
    nullIf(accounts.account_id, toUUID('00000000-0000-0000-0000-000000000000')) as account_id,
    events.url as url,
    events.referrer as referrer,
    events.campaign_source as campaign_source,
    events.campaign_medium as campaign_medium,
    events.campaign_name as campaign_name,
    {{ to_json('events.properties') }} as properties,
    now64(3, 'UTC') as computed_at
from events
left join identified on identified.message_id = events.identify_id and identified.source = events.source
inner join {{ ref('identity_map') }} as map on map.node = if(identified.node = 0, events.caller_node, identified.node)
left join accounts on accounts.node = events.account_node
settings join_algorithm = 'parallel_hash'
