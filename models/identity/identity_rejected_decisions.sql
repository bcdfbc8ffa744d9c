-- Grain: one row per manual decision that is in force and cannot take effect. Key: decision_id. Freshness: each build.
-- A warning of the build counts them (sql/tests/identity_decisions_take_effect.sql).
{{ config(order_by='decision_id') }}
with

{{ checked_decisions() }}

select
    decision_id,
    cast(recorded_in, 'LowCardinality(String)') as recorded_in,
    kind,
    entity,
    first_type as type_a,
    second_type as type_b,
    reason,
    decided_by,
    decided_at,
    problem
from checked
where problem != ''
