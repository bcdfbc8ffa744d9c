-- Grain: one row per account, attribute and source: the newest value that this source gave. Key: (account_id, attribute, source).
-- Freshness: each build. Which source wins is decided in `accounts`.
{{ config(order_by='(account_id, attribute, source)') }}
with

described as (

    select
        {{ row_node('stg_web__groups', 'account') }} as node,
        source,
        [('name', name), ('domain', domain)] as pairs,
        occurred_at as observed_at
    from {{ ref('stg_web__groups') }}

    union all

    select
        {{ row_node('stg_crm__accounts', 'account') }} as node,
        'crm' as source,
        [('name', name), ('domain', domain)] as pairs,
        updated_at as observed_at
    from {{ ref('stg_crm__accounts') }}

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
where pair.2 != ''
    and not {{ is_unfilled('pair.2') }}
group by account_id, attribute, source
