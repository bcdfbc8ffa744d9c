-- What people decided to keep apart is apart, whatever the evidence says.
with

apart as (

    select
        node_a,
        node_b
    from {{ ref('identity_decisions') }}
    where kind = 'never_link'

),

placed as (

    select
        node,
        canonical_id
    from {{ ref('identity_graph') }}
    where node in (select arrayJoin([node_a, node_b]) from apart)

)

select
    apart.node_a as node_a,
    apart.node_b as node_b,
    one.canonical_id as canonical_id
from apart
inner join placed as one on one.node = apart.node_a
inner join placed as other on other.node = apart.node_b
where one.canonical_id = other.canonical_id
