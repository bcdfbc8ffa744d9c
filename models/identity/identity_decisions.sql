-- Grain: one row per decision that somebody made by hand and that is in force. Key: decision_id; (kind, entity, node_a, node_b).
-- Freshness: each build. Decided twice is decided once: the first stands. What cannot take effect is in `identity_rejected_decisions`.
{{ config(order_by='(kind, node_a, node_b)') }}
with

{{ checked_decisions() }}

select
    decision_id,
    cast(recorded_in, 'LowCardinality(String)') as recorded_in,
    cast(kind, 'LowCardinality(String)') as kind,
    cast(entity, 'LowCardinality(String)') as entity,
    cast(first_type, 'LowCardinality(String)') as type_a,
    first_value as value_a,
    node_a,
    cast(second_type, 'LowCardinality(String)') as type_b,
    second_value as value_b,
    node_b,
    reason,
    decided_by,
    decided_at
from checked
where problem = ''
order by decided_at, decision_id
limit 1 by kind, entity, node_a, node_b
