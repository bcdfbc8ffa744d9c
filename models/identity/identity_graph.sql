-- Grain: one row per usable identifier, and one for node 0 whose version is that of the graph. Key: node. Freshness: each build.
-- The identity graph: solved from the evidence, the rules and the manual decisions by the macros in sql/macros/identity/solve*.sql, only where
-- something has changed. Beside it stand its logs: identity_graph__profiles, __changes, __aliases, __violations and __versions.
-- depends_on: {{ ref('identity_edges') }}
-- depends_on: {{ ref('identity_decisions') }}
{{ config(materialized='identity_solve') }}
{%- do assert_own_materialization('identity_solve') %}

select node, type_number, canonical_id, version
