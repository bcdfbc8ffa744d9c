-- Grain: one row per message that an SDK sent. Key: (source, message_id). Freshness: live view over the landing table.
-- Its text is a macro, so that identity can read what is new without reading everything (sql/macros/collected_events.sql).
{{ config(pre_hook='{{ sluice.describe_types_of_traits("person") }}') }}
{{ collected_events() }}
