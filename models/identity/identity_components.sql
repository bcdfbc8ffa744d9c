-- Grain: one row per usable identifier. Key: node. Freshness: each build.
-- Which identifiers belong together, as a number that means nothing and changes between builds: `identity_profiles` gives it a lasting id.
{{ config(materialized='connected_components') }}

select a, b from {{ ref('identity_edges') }}
union all
-- an identifier that was never seen with another is a person of its own
select node as a, node as b from {{ ref('identity_identifiers') }} where not is_blocked
