-- Grain: one row per collected message that belongs to a profile. Key: (source, message_id). Freshness: each build.
-- A message id is unique within its source only: two sources may count 1, 2, 3, and both messages are events.
-- A view, so that the table behind it can be sorted and built in another way without a change for its readers.
{{ config(materialized='view', sql_security='definer', definer=target.user) }}

select
    message_id,
    profile_id,
    event_type,
    event_name,
    occurred_at,
    received_at,
    source,
    group_id,
    account_id,
    url,
    referrer,
    campaign_source,
    campaign_medium,
    campaign_name,
    properties,
    computed_at
from {{ ref('resolved_events') }}
