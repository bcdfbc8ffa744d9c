-- Grain: one row per thing that happened to a profile. Key: change_id. Freshness: live view over the graph's logs.
-- The history of the profiles: rows are only added, never changed.
{{ config(materialized='view', sql_security='definer', definer=target.user) }}
{%- set no_profile = "toUUID('00000000-0000-0000-0000-000000000000')" %}

select
    {{ uuid_of(['version', 'kind', 'from_id', 'into_id', 'node_a', 'node_b']) }} as change_id,
    cast(kind, 'LowCardinality(String)') as kind,
    cast(entity, 'LowCardinality(String)') as entity,
    if(from_id = 0, null, {{ profile_id_of('from_id') }}) as from_profile_id,
    if(into_id = 0, null, {{ profile_id_of('into_id') }}) as into_profile_id,
    cast(rule, 'LowCardinality(String)') as rule,
    node_a,
    node_b,
    detail as evidence,
    changed_at,
    changed_at as computed_at
from (
    select version, kind, entity, from_id, into_id, node_a, node_b, rule, detail, changed_at
    from {{ graph_log('changes') }}
    where {{ is_committed() }}

    union all

    select version, 'create', entity, 0, canonical_id, 0, 0, '', '', created_at
    from {{ graph_log('profiles') }}
    where {{ is_committed() }}
)
