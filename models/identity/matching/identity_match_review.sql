-- Grain: one row per pair of identifiers that a person should decide about. Key: (a, b), a < b. Freshness: each build.
-- The grey zone of the matching without what was decided already (`sluice identity decide`, the seed): a decision takes it off the list.
{{ config(order_by='(match_probability, a, b)') }}
with

undecided as (

    select *
    from {{ ref('identity_match_pairs') }}
    where decision = 'review'
        and (least(node_a, node_b), greatest(node_a, node_b)) not in (
            select node_a, node_b
            from {{ ref('identity_decisions') }}
            where kind in ('never_link', 'force_link')
        )

)

select
    cast('person', 'LowCardinality(String)') as entity,
    least(node_a, node_b) as a,
    greatest(node_a, node_b) as b,
    if(node_a < node_b, type_a, type_b) as type_a,
    if(node_a < node_b, value_a, value_b) as value_a,
    if(node_a < node_b, type_b, type_a) as type_b,
    if(node_a < node_b, value_b, value_a) as value_b,
    match_weight,
    match_probability,
    evidence
from undecided
order by match_probability desc
limit 1 by a, b
