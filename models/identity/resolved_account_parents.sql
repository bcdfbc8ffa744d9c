-- Grain: one row per account that belongs to another. Key: account_id. Freshness: each build.
-- The CRM names parents by its own numbers; what it says of an account is followed to the account that the number is now. Where several of
-- its rows became one account, the newest says whose part it is.
{{ config(order_by='account_id') }}
with

accounts as (

    select node, profile_id as account_id
    from {{ ref('identity_map') }}
    where entity = 'account'

),

claims as (

    select
        {{ row_node('stg_crm__accounts', 'account') }} as node,
        {{ account_node('crm_account_id', 'parent_crm_account_id') }} as parent_node,
        updated_at as observed_at
    from {{ ref('stg_crm__accounts') }}
    where parent_crm_account_id != ''

)

select
    accounts.account_id as account_id,
    argMax(parents.account_id, (isNotNull(claims.observed_at), claims.observed_at, parents.account_id)) as parent_account_id,
    max(claims.observed_at) as observed_at
from claims
inner join accounts on accounts.node = claims.node
inner join accounts as parents on parents.node = claims.parent_node
group by account_id
