-- Grain: one row per distinct set of identifiers that one source showed together, with when and how often.
-- Key: (observed_in, entity, source, is_linking, identifiers). Freshness: each build.
-- This is the only model that reads every raw row for identity: the graph grows from here, and it is small.
-- Which columns are identifiers is declared in the yml of the staging models (meta.sluice.identifier).
{{ config(order_by='(observed_in, source)') }}

{%- set observed = ['stg_web__events', 'stg_pos__transactions', 'stg_pos__coupon_redemptions', 'stg_crm__customers'] %}
{%- for name in observed %}
-- depends_on: {{ ref(name) }}
{%- endfor %}

{% if execute -%}
{% do assert_all_identifiers_are_read(observed) %}
{%- for name in observed %}
{%- for entity, identifiers in declared_identifiers(name) | groupby('entity') %}
{{ observe(ref(name), name, entity, identifiers) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endif %}
