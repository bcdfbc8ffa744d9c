-- Grain: one row per identifier that is not used as a link. Key: node. Freshness: each build.
-- Facts ignore these identifiers when they look for their person (sql/macros/identifiers.sql). One that is seen with too many others
-- has a profile of its own (is_owned), which takes the facts of rows that show nothing else.
{{ config(order_by='node') }}
with

capped as (

    select distinct node_a as node
    from {{ ref('identity_open_violations') }}
    where kind = 'cap'

)

select
    node,
    any(entity) as entity,
    any(identifier_type) as identifier_type,
    any(block_reason) as block_reason,
    node in (select node from capped) and node in (select node from {{ ref('identity_graph') }}) as is_owned,
    multiIf(
        block_reason != '', block_reason,
        node in (select node_a from {{ ref('identity_decisions') }} where kind = 'never_use'), 'a decision says that it is not to be used',
        is_owned, 'seen with too many others',
        'seen beside a stronger identifier only, too rarely or with several'
    ) as reason
from {{ ref('identity_appearances') }}
where node not in (select node from {{ ref('identity_graph') }})
    or node in (select node from capped)
group by node
