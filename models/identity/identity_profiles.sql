-- Grain: one row per person of this build. Key: component; profile_id. Freshness: each build.
-- Gives every component a profile id that lasts. When profiles merge, the one known longest keeps its id; when one splits, the larger
-- part keeps it; a new id is a hash of the person's first identifier, so that a build that was killed and runs again gives the same.
{{ config(order_by='component') }}
with

groups as (

    select * from {{ ref('identity_groups') }}

),

-- an id goes to the component that holds most of its identifiers
won as (

    select
        claim.profile_id as previous_id,
        argMax(component, (claim.identifier_count, component)) as winner,
        min(claim.created_at) as created_at
    from groups
    array join claims as claim
    group by previous_id

),

-- of the ids that a component holds, the oldest survives
kept as (

    select
        winner as component,
        argMin(won.previous_id, (isNull(won.created_at), won.created_at, won.previous_id)) as profile_id,
        min(won.created_at) as created_at,
        arrayFilter(id -> id != profile_id, arraySort(groupArray(previous_id))) as absorbed_profile_ids
    from won
    group by component

),

fresh as (

    select
        component,
        first_node,
        {{ uuid_of(['first_node']) }} as profile_id,
        -- the part that a split cuts off begins now: should the two be joined again, the id that stayed is the older
        if(notEmpty(claims), now64(3, 'UTC'), first_seen_at) as created_at
    from groups
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
        groups.component as component,
        multiIf(
            kept.component != 0, kept.profile_id,
            contested.component != 0, contested.profile_id,
            fresh.profile_id
        ) as profile_id,
        if(kept.component != 0, kept.created_at, fresh.created_at) as profile_created_at,
        kept.absorbed_profile_ids as absorbed_profile_ids,
        groups.identifier_count as identifier_count
    from groups
    left join kept on kept.component = groups.component
    left join fresh on fresh.component = groups.component
    left join contested on contested.component = groups.component

)

select * from profiles
settings join_algorithm = 'full_sorting_merge,parallel_hash'
