-- Grain: one row per usable identifier. Key: node. Freshness: each build.
-- Whose identifier it is. The next build reads this table to keep profile ids, so it is built after profile_aliases has read the last one.
-- depends_on: {{ ref('profile_aliases') }}
{{ config(order_by='node') }}

select
    identifiers.node as node,
    cast(identifiers.entity, 'LowCardinality(String)') as entity,
    cast(identifiers.identifier_type, 'LowCardinality(String)') as identifier_type,
    identifiers.identifier_value as identifier_value,
    profiles.profile_id as profile_id,
    profiles.profile_created_at as profile_created_at
from {{ ref('identity_identifiers') }} as identifiers
inner join {{ ref('identity_components') }} as components on components.node = identifiers.node
inner join {{ ref('identity_profiles') }} as profiles on profiles.component = components.component
settings join_algorithm = 'full_sorting_merge,parallel_hash'
