-- Grain: one row per account, attribute and source: the newest value that this source gave. Key: (account_id, attribute, source).
-- Freshness: each build. Which source wins is decided in `accounts`. Facts come from group calls, and from every model whose yml says
-- `attribute` with `entity: account` (sql/macros/attributes.sql).
-- depends_on: {{ ref('identity_unlinked') }}
{{ references_of_reads() }}
{{ config(order_by='(account_id, attribute, source)') }}
{%- set models = models_that_say(['attribute']) %}
{%- do assert_built_after(models) %}
with

described as (

    select
        {{ row_node('stg_web__groups', 'account') }} as node,
        toString(source) as source,
        toNullable(occurred_at) as observed_at,
        arrayFilter(pair -> pair.2 != '' and not {{ is_unfilled('pair.2') }}, [('name', name), ('domain', domain)]) as pairs
    from {{ ref('stg_web__groups') }}
    {%- for name in models if declared_attributes(name, 'account') %}
    union all
    {{ facts_of(name, 'account') }}
    {%- endfor %}

)

select
    map.profile_id as account_id,
    cast(pair.1, 'LowCardinality(String)') as attribute,
    cast(described.source, 'LowCardinality(String)') as source,
    argMax(pair.2, (isNotNull(described.observed_at), described.observed_at, pair.2)) as value,
    max(described.observed_at) as observed_at
from described
array join pairs as pair
inner join {{ ref('identity_map') }} as map on map.node = described.node
group by account_id, attribute, source
