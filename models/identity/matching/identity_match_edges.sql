-- Grain: one row per pair of identifiers whose records were found to be one person. Key: (a, b), a < b. Freshness: each build.
-- What the matching gives the identity graph: edges of the rule `probabilistic`, with the best score among the records of the two.
{{ config(order_by='(a, b)') }}
select
    cast('person', 'LowCardinality(String)') as entity,
    least(pair.node_a, pair.node_b) as a,
    greatest(pair.node_a, pair.node_b) as b,
    any({{ type_number_of('if(pair.node_a < pair.node_b, pair.type_a, pair.type_b)', "'person'") }}) as type_a,
    any({{ type_number_of('if(pair.node_a < pair.node_b, pair.type_b, pair.type_a)', "'person'") }}) as type_b,
    max(pair.match_probability) as probability,
    max(pair.match_weight) as weight,
    min(pair.first_seen_at) as first_seen_at,
    max(pair.last_seen_at) as last_seen_at
from {{ ref('identity_match_pairs') }} as pair
where pair.decision = 'link'
group by a, b
