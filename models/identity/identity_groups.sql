-- Grain: one row per connected component of this build. Key: component. Freshness: each build.
-- What a component is made of and which profile ids its identifiers had after the last build: all that `identity_profiles` decides by.
{{ config(order_by='component') }}
with

previous as (

    {{ previous_identity_map() }}

),

-- of each component, the identifiers that had the same profile before
parts as (

    select
        components.component as component,
        previous.profile_id as previous_id,
        min(previous.profile_created_at) as created_at,
        count() as identifier_count,
        min(identifiers.first_seen_at) as first_seen_at,
        argMin(components.node, (isNull(identifiers.first_seen_at), identifiers.first_seen_at, components.node)) as first_node
    from {{ ref('identity_components') }} as components
    inner join {{ ref('identity_identifiers') }} as identifiers on identifiers.node = components.node
    left join previous on previous.node = components.node
    group by component, previous_id

),

groups as (

    select
        component,
        min(parts.first_seen_at) as first_seen_at,
        argMin(parts.first_node, (isNull(parts.first_seen_at), parts.first_seen_at, parts.first_node)) as first_node,
        sum(parts.identifier_count) as identifier_count,
        groupArrayIf(
            (previous_id, created_at, parts.identifier_count),
            previous_id != toUUID('00000000-0000-0000-0000-000000000000')
        ) as claims
    from parts
    group by component

)

select
    component,
    first_seen_at,
    first_node,
    identifier_count,
    cast(
        claims,
        'Array(Tuple(profile_id UUID, created_at Nullable(DateTime64(3, \'UTC\')), identifier_count UInt64))'
    ) as claims
from groups
settings join_algorithm = 'full_sorting_merge,parallel_hash'
