-- Grain: one row per blocking key of a record. Key: (key, record_id). Freshness: each build.
{{ config(enabled=matching_is_enabled(), order_by='(key, record_id)') }}
select
    cast(blocking.1, 'LowCardinality(String)') as rule,
    blocking.2 as key,
    record_id,
    node
from {{ ref('identity_match_records') }}
array join {{ blocking_keys() if execute else '[]' }} as blocking
