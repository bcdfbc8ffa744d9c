-- Grain: one row per profile id that is no longer in use. Key: former_profile_id. Freshness: each build.
-- After a merge, a former id that a destination or a bookmark kept leads to its present profile in one step.
{{ config(order_by='former_profile_id') }}
with

latest as (

    select
        former_id,
        argMax(canonical_id, version) as canonical_id,
        max(changed_at) as changed_at
    from {{ graph_log('aliases') }}
    where {{ is_committed() }}
    group by former_id

),

live as (

    select distinct canonical_id
    from {{ ref('identity_graph') }}
    where {{ entity_of_type('type_number') }} = 'person'
        and (canonical_id in (select former_id from latest) or canonical_id in (select canonical_id from latest))

)

select
    {{ profile_id_of('former_id') }} as former_profile_id,
    {{ profile_id_of('canonical_id') }} as profile_id,
    changed_at,
    now64(3, 'UTC') as computed_at
from latest
-- a split may have brought the former id back, an erasure may have taken the other, and the graph of accounts has aliases too
where former_id not in (select canonical_id from live)
    and canonical_id in (select canonical_id from live)
