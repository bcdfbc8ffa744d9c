-- Grain: one row per account and person who belongs to it. Key: (account_id, profile_id). Freshness: each build.
-- A membership lasts as long as a source says so: when a contact leaves a source, what a group call or the address says is left.
{{ config(order_by='(account_id, profile_id)') }}
with

members as (

    select
        account_id,
        profile_id,
        arraySort(name -> {{ membership_rank('name') }}, groupArray(toString(source))) as sources,
        argMinIf(role, {{ membership_rank('source') }}, role != '') as role,
        min(memberships.since) as since,
        max(memberships.last_seen_at) as last_seen_at,
        argMin((memberships.last_seen_at, 0), {{ membership_rank('source') }}).1 as strongest_seen_at
    from {{ ref('resolved_memberships') }} as memberships
    group by account_id, profile_id

)

select
    account_id,
    profile_id,
    cast(nullIf(role, ''), 'LowCardinality(Nullable(String))') as role,
    cast(sources[1], 'LowCardinality(String)') as source,
    cast(sources, 'Array(LowCardinality(String))') as sources,
    toBool(row_number() over (
        partition by profile_id
        order by {{ membership_rank('sources[1]') }}, strongest_seen_at desc nulls last, account_id
    ) = 1) as is_primary,
    since,
    last_seen_at,
    now64(3, 'UTC') as computed_at
from members
