-- Grain: one row per field and comparison level, with what it says. Key: (field, level). Freshness: each build.
{{ config(enabled=matching_is_enabled(), materialized='match_weights') }}
-- depends_on: {{ ref('identity_match_records') }}
select
    levels,
    sum(seen_in_candidates) as candidates,
    sum(seen_in_samples) as sampled
from (
    select levels, count() as seen_in_candidates, toUInt64(0) as seen_in_samples
    from {{ ref('identity_match_candidates') }}
    group by levels
    union all
    select levels, toUInt64(0), pairs
    from {{ ref('identity_match_samples') }}
)
group by levels
