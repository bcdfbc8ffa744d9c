-- Grain: one row per manual decision in force. Key: decision_id; (kind, entity, node_a, node_b).
-- Freshness: each build. A repeated decision counts once, by its first row; a repeated erasure by its last row, since each is about what was seen until then.
-- A row without a time comes after those that have one.
-- What cannot take effect is in `identity_rejected_decisions`.
{{ config(materialized='view') }}

select * except (problem)
from {{ ref('identity_checked_decisions') }}
where problem = ''
order by if(kind = 'erase', -1, 1) * toUnixTimestamp64Milli(decided_at), decision_id
limit 1 by kind, entity, node_a, node_b
