-- Grain: one row per account that belongs to another. Key: account_id. Freshness: each build.
-- A source names parents by its own numbers (a column that says `parent: <type of identifier>`); what it says of an account is followed to the account
-- that the number is now. Where several of its rows became one account, the newest row names its parent.
-- depends_on: {{ ref('identity_unlinked') }}
{{ references_of_reads() }}
{{ config(order_by='account_id') }}
{%- set models = models_that_say(['parent']) %}
{%- do assert_built_after(models) %}
with

accounts as (

    select node, profile_id as account_id
    from {{ ref('identity_map') }}
    where entity = 'account'

),

claims as (

    select
        toUInt64(0) as node,
        toUInt64(0) as parent_node,
        cast(null, 'Nullable(DateTime64(3, \'UTC\'))') as observed_at
    where false
    {%- for name in models %}
    {%- for declared in declared_parents(name) %}
    union all
    select
        {{ row_node(name, 'account') }},
        {{ account_node(declared.type, to_text(declared.column)) }},
        {{ observed_at_of(name) }}
    from {{ relation_of(name) }}
    where {{ to_text(declared.column) }} != ''
    {%- endfor %}
    {%- endfor %}

)

select
    accounts.account_id as account_id,
    argMax(parents.account_id, (isNotNull(claims.observed_at), claims.observed_at, parents.account_id)) as parent_account_id,
    max(claims.observed_at) as observed_at
from claims
inner join accounts on accounts.node = claims.node
inner join accounts as parents on parents.node = claims.parent_node
group by account_id
