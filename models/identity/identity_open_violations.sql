-- Grain: one row per violation that holds now. Key: (kind, type_number, node_a, node_b). Freshness: live view over the graph's log.
-- The log says when each began and ended; identity_violations tells them to people.
{{ config(materialized='view') }}

select
    kind,
    type_number,
    node_a,
    node_b,
    argMax(entity, version) as entity,
    argMax(observed, version) as observed,
    argMax(allowed, version) as allowed,
    argMax(rule, version) as rule,
    argMax(detected_at, version) as detected_at
from {{ graph_log('violations') }}
where {{ is_committed() }}
group by kind, type_number, node_a, node_b
having argMax(is_open, version) = 1
