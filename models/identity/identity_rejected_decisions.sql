-- Grain: one row per manual decision that is in force and cannot take effect. Key: decision_id. Freshness: each build.
-- A warning of the build counts them (sql/tests/identity_decisions_take_effect.sql).
{{ config(materialized='view') }}

select
    decision_id,
    recorded_in,
    kind,
    entity,
    type_a,
    type_b,
    reason,
    decided_by,
    decided_at,
    problem
from {{ ref('identity_checked_decisions') }}
where problem != ''
