-- Grain: one row per identifier, staging model, source and slice of arrival that showed it. Key: (node, observed_in, source, slice).
-- Freshness: each build changes what is new. For readers, `identity_identifiers` has one row per identifier.
-- depends_on: {{ ref('identity_decisions') }}
{{ config(materialized='identity_evidence') }}

select
    identifier.node as node,
    entity,
    identifier.type as identifier_type,
    identifier.value as identifier_value,
    identifier.block_reason as block_reason,
    observed_in,
    source,
    slice,
    identifier.spelling as spelling,
    first_seen_at,
    last_seen_at,
    seen_count
from ({{ resolved_observations(ref('identity_observations'), '(' ~ current_evidence(this, evidence_shape('identity_appearances')) ~ ')') }})
array join identifiers as identifier
