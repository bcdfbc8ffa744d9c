-- Grain: one row per record that belongs to the same person as another. Key: record_id. Freshness: each build.
{{ config(enabled=matching_is_enabled(), materialized='match_clusters') }}
-- depends_on: {{ ref('identity_match_weights') }}
with

promising as (

    select distinct arrayJoin([a, b]) as record_id
    from {{ ref('identity_match_scores') }}
    where match_probability >= {{ matching_settings().review_probability }}

)

select
    a,
    b,
    arrayMap(weight -> toInt64(round(1000 * weight)), all_weights) as weights,
    arrayMap(level -> toInt64(level > 0), arrayConcat(levels, levels, levels)) as known,
    (toInt64(round(1000 * evidence)), a, b) as best
from {{ ref('identity_match_scores') }}
where a in (select record_id from promising) and b in (select record_id from promising)
