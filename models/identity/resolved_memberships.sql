-- Grain: one row per account, person and kind of source that puts the person there. Key: (account_id, profile_id, source). Freshness: each build.
-- Derived after both graphs are solved: an account joins no people, and a person joins no accounts. Besides calls and addresses, rows of every model
-- whose yml says `membership` put the person of the row into its account (sql/macros/accounts.sql).
-- depends_on: {{ ref('identity_unlinked') }}
{{ references_of_reads() }}
{{ config(order_by='(account_id, profile_id, source)') }}
{%- set memberships = declared_memberships() %}
{%- do assert_built_after(memberships | map(attribute='model') | list) %}
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

-- A row's person is that of its strongest identifier that names one: a shared phone or a role mailbox names no person.
declared as (

    select
        toUInt64(0) as person_node,
        toUInt64(0) as account_node,
        '' as kind,
        '' as role,
        cast(null, 'Nullable(DateTime64(3, \'UTC\'))') as since,
        cast(null, 'Nullable(DateTime64(3, \'UTC\'))') as last_seen_at
    where false
    {%- for membership in memberships %}
    union all
    select
        {{ row_node(membership.model) }},
        {{ row_node(membership.model, 'account') }},
        {{ sql_text(membership.kind) }},
        {{ trim_space(to_text(membership.role)) if membership.role else "''" }},
        {{ 'coalesce(' ~ membership.since ~ ', ' ~ observed_at_of(membership.model) ~ ')' if membership.since else observed_at_of(membership.model) }},
        {{ observed_at_of(membership.model) }}
    from {{ relation_of(membership.model) }}
    {%- endfor %}

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
        declared.kind,
        declared.role,
        declared.since,
        declared.last_seen_at
    from declared
    inner join people on people.node = declared.person_node
    inner join accounts on accounts.node = declared.account_node

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
