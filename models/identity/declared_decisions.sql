-- Grain: one row per line of the seeds and models that keep decisions about identity. Key: none; two seeds may say the same. Freshness: live view.
-- Decisions that belong to a repository: those of the package's own seed, and those that a project declares (sql/macros/identity/declared_decisions.sql).
{{ references_of_reads(own=[]) }}
{{ config(materialized='view') }}
{%- set models = models_that_say(['decisions']) %}
{%- do assert_built_after(models) %}
select
    kind,
    entity,
    type_a,
    value_a,
    type_b,
    value_b,
    reason,
    decided_by,
    decided_at
from {{ ref('seeded_identity_decisions') }}
{%- for name in models %}

union all

{{ decisions_of(name) }}
{%- endfor %}
