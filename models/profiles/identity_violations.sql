-- Grain: one row per identifier or pair of identifiers whose evidence was not used. Key: violation_id. Freshness: each build.
-- What the rules kept apart, and why: no evidence is dropped without a record.
{{ config(order_by='violation_id') }}
with

open_now as (

    select * from {{ ref('identity_open_violations') }}

),

named as (

    select node, identifier_type, identifier_value
    from {{ ref('identity_identifiers') }}
    where node in (select arrayJoin([node_a, node_b]) from open_now)

)

select
    {{ uuid_of(['open_now.kind', 'open_now.type_number', 'open_now.node_a', 'open_now.node_b']) }} as violation_id,
    cast(open_now.kind, 'LowCardinality(String)') as kind,
    cast(open_now.entity, 'LowCardinality(String)') as entity,
    cast(one.identifier_type, 'LowCardinality(String)') as identifier_type,
    one.identifier_value as identifier_value,
    cast(if(other.node = 0, {{ type_name_of('open_now.type_number') }}, other.identifier_type), 'LowCardinality(String)') as other_type,
    other.identifier_value as other_value,
    open_now.observed as observed,
    open_now.allowed as allowed,
    cast(open_now.rule, 'LowCardinality(String)') as rule,
    multiIf(
        kind = 'cap', concat('was seen with ', toString(observed), ' values of ', other_type, ', and ', toString(allowed), ' are allowed: none of its links is used'),
        kind = 'contested', concat('was seen in use by ', toString(observed), ' values of ', other_type, ': its owner cannot be told, so such visits link no profiles'),
        kind = 'limit', concat('would join a profile that then holds more than ', toString(allowed), ' values of ', {{ type_name_of('open_now.type_number') }}),
        kind = 'never_link', 'a decision says that these are never one',
        kind = 'size', concat('belongs to a group of ', toString(observed), ' identifiers, and a profile may have ', toString(allowed)),
        kind = 'growth', concat('belongs to a profile that would gain ', toString(observed), ' identifiers in one build, and ', toString(allowed), ' are allowed'),
        kind
    ) as reason,
    open_now.detected_at as detected_at,
    now64(3, 'UTC') as computed_at
from open_now
left join named as one on one.node = open_now.node_a
left join named as other on other.node = open_now.node_b
