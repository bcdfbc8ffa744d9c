-- Grain: one row per person, the same people as in profiles. Key: profile_id. Freshness: each build.
with

usage as (

    select
        profile_id,
        countIf(event_name = 'Report Created') as created_report_count,
        uniqExact(toDate(occurred_at)) as active_days,
        max(occurred_at) as last_active_at
    from {{ ref('events') }}
    where event_type = 'track'
    group by profile_id

)

select
    profiles.profile_id as profile_id,
    toUInt32(usage.created_report_count) as created_report_count,
    toUInt32(usage.active_days) as active_days,
    if(usage.active_days = 0, null, toNullable(usage.last_active_at)) as last_active_at
from {{ ref('profiles') }} as profiles
left join usage on usage.profile_id = profiles.profile_id
