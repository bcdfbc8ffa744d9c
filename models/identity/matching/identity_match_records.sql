-- Grain: one row per record to compare: an identifier with one set of values that a source showed of it. Key: record_id.
-- Freshness: each build. Which columns are compared is declared in the yml of the staging models (meta.sluice.match).
{{ config(enabled=matching_is_enabled(), order_by='record_id') }}

{%- do verify_matched_models() -%}
{%- for name in matching_settings().models %}
-- depends_on: {{ ref(name) }}
{%- endfor %}

{% if execute -%}
with

declared as (
    {% for name in matching_settings().models %}
    {{ match_records_of(ref(name), name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

records as (

    select
        sipHash64(observed_in, node, {{ each_field('{field}') }}) as record_id,
        observed_in,
        strongest.type as identifier_type,
        strongest.value as identifier_value,
        {{ identifier_node("'person'", 'strongest.type', 'strongest.value') }} as node,
        {{ each_field('{field}') }},
        min(seen_first) as first_seen_at,
        max(seen_last) as last_seen_at
    from declared
    where strongest.value != ''
    group by observed_in, strongest, {{ each_field('{field}') }}

)

select
    *,
    [{{ each_field("sipHash64({field})") }}] as value_hashes
from records
{%- endif %}
