-- Grain: one row per decision that somebody made by hand and that is in force. Key: decision_id; (kind, entity, node_a, node_b).
-- Freshness: each build. Decided twice is decided once: the first stands; of erasures the last, since each is about what was seen until then.
-- One without a time stands behind those that have one.
-- What cannot take effect is in `identity_rejected_decisions`.
{{ config(materialized='view') }}

select * except (problem)
from {{ ref('identity_checked_decisions') }}
where problem = ''
order by if(kind = 'erase', -1, 1) * toUnixTimestamp64Milli(decided_at), decision_id
limit 1 by kind, entity, node_a, node_b
