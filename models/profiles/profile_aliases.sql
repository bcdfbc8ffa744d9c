-- Grain: one row per profile id that is no longer in use. Key: former_profile_id. Freshness: each build.
-- Follows a merge: whoever kept a former id (a destination, a bookmark) finds the profile that it is now, in one step.
{{ config(order_by='former_profile_id') }}
with

live as (

    select profile_id, absorbed_profile_ids
    from {{ ref('identity_profiles') }}

),

newly_absorbed as (

    select
        arrayJoin(absorbed_profile_ids) as former_profile_id,
        profile_id
    from live

),

known as (

    {{ previous_state(this, {'former_profile_id': 'UUID', 'profile_id': 'UUID', 'changed_at': 'DateTime64(3)'}) }}

),

-- A → B from earlier and B → C from now make A → C
redirected as (

    select
        known.former_profile_id as former_profile_id,
        if(newly_absorbed.former_profile_id = known.profile_id, newly_absorbed.profile_id, known.profile_id) as profile_id,
        if(newly_absorbed.former_profile_id = known.profile_id, now64(3, 'UTC'), toTimeZone(known.changed_at, 'UTC')) as changed_at
    from known
    left join newly_absorbed on newly_absorbed.former_profile_id = known.profile_id

),

aliases as (

    select former_profile_id, profile_id, now64(3, 'UTC') as changed_at
    from newly_absorbed
    union all
    select former_profile_id, profile_id, changed_at
    from redirected
    where former_profile_id not in (select former_profile_id from newly_absorbed)

)

select
    former_profile_id,
    profile_id,
    changed_at,
    now64(3, 'UTC') as computed_at
from aliases
where former_profile_id not in (select profile_id from live)
    and profile_id in (select profile_id from live)
