-- Grain: one row per account, the same accounts as in accounts. Key: account_id. Freshness: each build.
-- Whose use it is say the members of the account, so that events without a group count too.
with

usage as (

    select
        members.account_id as account_id,
        countIf(persons.active_days > 0) as active_member_count,
        sum(persons.created_report_count) as created_report_count,
        max(persons.last_active_at) as last_active_at
    from {{ ref('account_members') }} as members
    inner join {{ ref('product_usage') }} as persons on persons.profile_id = members.profile_id
    group by account_id

)

select
    accounts.account_id as account_id,
    toUInt32(usage.active_member_count) as active_member_count,
    toUInt32(usage.created_report_count) as created_report_count,
    usage.last_active_at as last_active_at
from {{ ref('accounts') }} as accounts
left join usage on usage.account_id = accounts.account_id
