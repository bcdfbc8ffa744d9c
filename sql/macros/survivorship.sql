{#
    Which source's value a profile shows, column by column, as models/profiles/profiles.yml declares it:
        meta: { sluice: { survivorship: { prefer: [crm] } } }
    The sources named come first, in that order; among the others, and within one, the newest value wins. Ties fall to the smaller
    value, so that two builds of the same data agree.
#}

{# [{ column, attribute, prefer }] of a model's yml. #}
{% macro surviving_columns(model_name) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for column in graph.nodes['model.' ~ project_name ~ '.' ~ model_name].columns.values() -%}
            {%- set rule = column.meta.get('sluice', {}).survivorship -%}
            {%- if rule is defined and rule is not none -%}
                {%- do found.append({'column': column.name, 'attribute': rule.get('attribute', column.name), 'prefer': rule.get('prefer', [])}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{# The winning (value, source) of one attribute among rows of `resolved_attributes` of one profile; ('', '') when there is none. #}
{% macro survivor(rule) -%}
    argMinIf(
        (value, toString(source)),
        ({{ "indexOf(" ~ (rule.prefer | list) ~ ", toString(source)) = 0, indexOf(" ~ (rule.prefer | list) ~ ", toString(source)), " if rule.prefer }}-toUnixTimestamp64Milli(observed_at), value),
        attribute = '{{ rule.attribute }}'
    )
{%- endmacro %}
