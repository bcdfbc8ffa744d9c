-- Grain: one row per account, person and kind of source that puts the person there. Key: (account_id, profile_id, source). Freshness: each build.
-- Derived after both graphs are solved: an account joins no people, and a person joins no accounts.
{{ config(order_by='(account_id, profile_id, source)') }}
with

people as (

    select node, profile_id
    from {{ ref('identity_map') }}
    where entity = 'person'

),

accounts as (

    select node, profile_id as account_id
    from {{ ref('identity_map') }}
    where entity = 'account'

),

group_calls as (

    select
        {{ caller_node() }} as person_node,
        {{ row_node('stg_web__groups', 'account') }} as account_node,
        role,
        occurred_at
    from {{ ref('stg_web__groups') }}

),

-- A contact is the person of its strongest identifier that names one: a shared phone or a role mailbox names nobody.
contacts as (

    select
        {{ row_node('stg_crm__contacts') }} as person_node,
        {{ row_node('stg_crm__contacts', 'account') }} as account_node,
        role,
        created_at,
        updated_at
    from {{ ref('stg_crm__contacts') }}

),

addresses as (

    select
        people.profile_id as profile_id,
        {{ company_domain_of_email('identifiers.identifier_value') }} as domain,
        {{ account_node('domain', 'domain') }} as account_node,
        identifiers.first_seen_at as first_seen_at,
        identifiers.last_seen_at as last_seen_at
    from {{ ref('identity_identifiers') }} as identifiers
    inner join people on people.node = identifiers.node
    where identifiers.identifier_type = 'email'

),

memberships as (

    select
        accounts.account_id as account_id,
        people.profile_id as profile_id,
        'group_call' as source,
        group_calls.role as role,
        toNullable(group_calls.occurred_at) as since,
        toNullable(group_calls.occurred_at) as last_seen_at
    from group_calls
    inner join people on people.node = group_calls.person_node
    inner join accounts on accounts.node = group_calls.account_node

    union all

    select
        accounts.account_id,
        people.profile_id,
        'crm_contact',
        contacts.role,
        ifNull(contacts.created_at, contacts.updated_at),
        contacts.updated_at
    from contacts
    inner join people on people.node = contacts.person_node
    inner join accounts on accounts.node = contacts.account_node

    union all

    select
        accounts.account_id,
        addresses.profile_id,
        'email_domain',
        '',
        addresses.first_seen_at,
        addresses.last_seen_at
    from addresses
    inner join accounts on accounts.node = addresses.account_node

)

select
    account_id,
    profile_id,
    cast(source, 'LowCardinality(String)') as source,
    argMaxIf(role, (memberships.last_seen_at, role), role != '') as role,
    min(memberships.since) as since,
    max(memberships.last_seen_at) as last_seen_at
from memberships
group by account_id, profile_id, source
