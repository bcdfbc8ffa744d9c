{#
    A seed or model of a project whose lines are manual decisions: `meta: { sluice: { decisions: true } }`. Every column is read as the text that it
    prints; one that has no value is empty, as a line of the log has it.
#}
{% macro decisions_of(name) -%}
    select
        {%- for column in ['kind', 'entity', 'type_a', 'value_a', 'type_b', 'value_b', 'reason', 'decided_by', 'decided_at'] %}
        ifNull(toString({{ column }}), '') as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ sluice.relation_of(name) }}
{%- endmacro %}
