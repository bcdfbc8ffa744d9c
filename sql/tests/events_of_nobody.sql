-- Messages whose ids identify no person ("null", "anonymous") belong to no profile and are left out of `events`.
-- A handful is normal; many mean that a site sends a placeholder instead of an id. The messages stay in stg_web__events.
{{ config(severity='warn', warn_if='>1000') }}

select source, message_id
from {{ ref('stg_web__events') }}
where (source, message_id) not in (select source, message_id from {{ ref('resolved_events') }})
