-- Grain: one row per identifier of a person. Key: (profile_id, identifier_type, identifier_value); the last two alone are unique too.
-- Freshness: each build.
{{ config(order_by='(profile_id, identifier_type, identifier_value)') }}

with

-- an identifier that touches too many others stands alone: its links are not used
capped as (

    select
        node_a,
        concat('seen with ', toString(max(observed)), ' values of ', {{ type_name_of('any(type_number)') }}, ', ', toString(any(allowed)), ' are allowed') as reason
    from {{ ref('identity_open_violations') }}
    where kind = 'cap'
    group by node_a

)

select
    map.profile_id as profile_id,
    cast(identifiers.identifier_type, 'LowCardinality(String)') as identifier_type,
    identifiers.identifier_value as identifier_value,
    cast(identifiers.first_source, 'LowCardinality(String)') as source,
    identifiers.first_seen_at as first_seen_at,
    identifiers.last_seen_at as last_seen_at,
    identifiers.seen_count as seen_count,
    -- the one to show and to use when a person has several of a type: the one seen last
    toBool(row_number() over (
        partition by map.profile_id, identifiers.identifier_type
        order by identifiers.last_seen_at desc nulls last, identifiers.seen_count desc, identifiers.identifier_value
    ) = 1) as is_primary,
    toBool(capped.node_a != 0) as is_blocked,
    capped.reason as block_reason,
    now64(3, 'UTC') as computed_at
from {{ ref('identity_map') }} as map
inner join {{ ref('identity_identifiers') }} as identifiers on identifiers.node = map.node
left join capped on capped.node_a = map.node
where map.entity = 'person'
