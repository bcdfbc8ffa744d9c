-- Grain: one row per account that belongs to another. Key: account_id. Freshness: each build.
-- A tree, whatever the sources say: a ring of parents is cut at the member whose parent was given last, and what hangs more than
-- {{ max_account_levels() }} levels below the top is cut off. A cut is a row with its reason, never a silent drop.
{{ config(order_by='account_id') }}
with recursive

parents as (

    select account_id, parent_account_id, observed_at
    from {{ ref('resolved_account_parents') }}

),

-- from each account up to the top, or until an account is met again
walks as (

    select
        account_id,
        [account_id] as path,
        parent_account_id as next_id
    from parents

    union all

    select
        walks.account_id,
        arrayPushBack(walks.path, walks.next_id),
        parents.parent_account_id
    from walks
    inner join parents on parents.account_id = walks.next_id
    where not has(walks.path, walks.next_id)
        and length(walks.path) <= {{ max_account_levels() }}

),

-- an account that meets itself is on the ring; one that only leads to the ring is not
ring_members as (

    select
        account_id,
        arraySort(path)[1] as ring
    from walks
    where next_id = account_id

),

ring_cuts as (

    select argMax(ring_members.account_id, (isNotNull(parents.observed_at), parents.observed_at, ring_members.account_id)) as account_id
    from ring_members
    inner join parents on parents.account_id = ring_members.account_id
    group by ring

),

too_deep as (

    select distinct account_id
    from walks
    where length(path) > {{ max_account_levels() }}

)

select
    account_id,
    parent_account_id,
    multiIf(
        account_id = parent_account_id, 'it is its own parent',
        account_id in (select account_id from ring_cuts), 'its parents lead back to it',
        account_id in (select account_id from too_deep), 'it is more than {{ max_account_levels() }} levels below the top',
        ''
    ) as cut_reason,
    cut_reason != '' as is_cut
from parents
