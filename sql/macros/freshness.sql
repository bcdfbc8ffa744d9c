{# The column of a published model that says how new what it tells of is, as its yml declares it (meta.sluice.freshness). #}
{% macro freshness_column(model_name) -%}
    {%- if execute -%}
        {{ graph.nodes['model.sluice.' ~ model_name].meta.sluice.freshness }}
    {%- endif -%}
{%- endmacro %}
