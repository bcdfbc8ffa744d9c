-- Grain: one row per person of this build. Key: component; profile_id. Freshness: each build.
-- Gives every component a profile id that lasts. When profiles merge, the one known longest keeps its id; when one splits, the larger
-- part keeps it; a new id is a hash of the person's first identifier, so that a build that was killed and runs again gives the same.
{{ config(order_by='component') }}
with

previous as (

    {{ previous_identity_map() }}

),

members as (

    select
        components.component as component,
        components.node as node,
        identifiers.first_seen_at as first_seen_at,
        previous.profile_id as previous_id,
        previous.profile_created_at as previous_created_at
    from {{ ref('identity_components') }} as components
    inner join {{ ref('identity_identifiers') }} as identifiers on identifiers.node = components.node
    left join previous on previous.node = components.node

),

-- an id goes to the component that holds most of its identifiers
claims as (

    select
        component,
        previous_id,
        min(previous_created_at) as created_at,
        count() as identifier_count
    from members
    where previous_id != toUUID('00000000-0000-0000-0000-000000000000')
    group by component, previous_id

),

won as (

    select
        previous_id,
        argMax(claims.component, (claims.identifier_count, claims.component)) as component,
        min(claims.created_at) as created_at
    from claims
    group by previous_id

),

-- of the ids that a component holds, the oldest survives
kept as (

    select
        component,
        argMin(won.previous_id, (isNull(won.created_at), won.created_at, won.previous_id)) as profile_id,
        min(won.created_at) as created_at,
        arrayFilter(id -> id != profile_id, arraySort(groupArray(previous_id))) as absorbed_profile_ids
    from won
    group by component

),

components as (

    select
        component,
        min(members.first_seen_at) as first_seen_at,
        argMin(members.node, (isNull(members.first_seen_at), members.first_seen_at, members.node)) as first_node,
        max(members.previous_id != toUUID('00000000-0000-0000-0000-000000000000')) as is_known,
        count() as identifier_count
    from members
    group by component

),

fresh as (

    select
        component,
        first_node,
        {{ uuid_of(['first_node']) }} as profile_id,
        -- the part that a split cuts off begins now: should the two be joined again, the id that stayed is the older
        if(is_known, now64(3, 'UTC'), first_seen_at) as created_at
    from components
    where component not in (select component from kept)

),

-- After a split the id that the first identifier would give may be in use by the other part: the first free one of a fixed row is taken.
contested as (

    select
        component,
        argMin(candidate, number) as profile_id
    from (
        select
            component,
            arrayJoin(range(1, 100)) as number,
            {{ uuid_of(['first_node', 'number']) }} as candidate
        from fresh
        where profile_id in (select profile_id from kept)
    )
    where candidate not in (select profile_id from kept)
    group by component

),

profiles as (

    select
        components.component as component,
        multiIf(
            kept.component != 0, kept.profile_id,
            contested.component != 0, contested.profile_id,
            fresh.profile_id
        ) as profile_id,
        if(kept.component != 0, kept.created_at, fresh.created_at) as profile_created_at,
        kept.absorbed_profile_ids as absorbed_profile_ids,
        components.identifier_count as identifier_count
    from components
    left join kept on kept.component = components.component
    left join fresh on fresh.component = components.component
    left join contested on contested.component = components.component

)

select * from profiles
settings join_algorithm = 'full_sorting_merge,parallel_hash'
