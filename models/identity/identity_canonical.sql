-- Grain: one row. A view with parameters: the canonical id that a profile id stands for, by which the graph is read without turning all its
-- numbers into profile ids first. Freshness: each build.
--   select canonical_id from sluice_identity.identity_canonical(profile_id = '…')
-- A profile id that was never given stands for a number that no profile has: compare the profile id of the row that is found.
{{ config(materialized='view') }}

select {{ canonical_id_of('{profile_id:UUID}') }} as canonical_id
