-- Grain: one row per set of identifiers that one source showed together in one slice of arrival, with when and how often.
-- Key: none; two spellings of one identifier give two rows. Freshness: each build; holds only what this build has read.
-- The only model that reads rows of sources for identity: the graph grows from here, and it is small. What is read, and which columns are
-- identifiers, follows from the yml of the models of package and project (sql/macros/identity/evidence_sources.sql).
-- depends_on: {{ ref('freemail_domains') }}
-- depends_on: {{ ref('identity_decisions') }}
-- depends_on: {{ ref('stg_web__aliases') }}
-- depends_on: {{ ref('stg_web__email_domains') }}
-- depends_on: {{ ref('stg_web__events') }}
-- depends_on: {{ ref('stg_web__groups') }}
{{ references_of_reads() }}
{{ config(order_by='(observed_in, source)', query_settings={'query_plan_merge_expressions': 0}) }}

{% if execute -%}
{%- do verify_identity_rules(identity_rules()) -%}
{%- set sources = evidence_sources() -%}
{%- do assert_built_after(sources | map(attribute='name') | list) -%}
{%- set fingerprint = identity_fingerprint('values') -%}
{%- set states = log_states() -%}
{%- for source in sources %}
{%- set reading = evidence_reading(source, states, fingerprint) %}
{{ reading_row(source.name, reading, fingerprint) }}
{%- for entity in source.found | map(attribute='entity') | unique %}
union all
{{ observe(source, entity, reading) }}
{%- endfor %}
union all
{%- endfor %}
{{ reading_row('identity_match_edges', {'from_slice': 0, 'open_slice': 0}, fingerprint) }}
union all
{{ decided_links(fingerprint) }}
{%- endif %}
