{#
    Which source's value a profile shows, column by column: the project's variable `survivorship` declares it. Ties fall to the smaller
    value, so that two builds of the same data agree.
#}

{# [{ column, attribute, prefer }], in the order of the declaration. Traits without a column have rules of their own (sql/macros/traits.sql). #}
{% macro surviving_columns() -%}
    {%- set found = [] -%}
    {%- for column, rule in var('survivorship').items() if column != 'traits' and not column.startswith('traits.') -%}
        {%- do found.append({'column': column, 'attribute': rule.get('attribute', column), 'prefer': rule.get('prefer', [])}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# The winning (value, source) among one profile's rows of `resolved_attributes`; ('', '') when there is none. A value without a time is the oldest. #}
{% macro survivor(rule) -%}
    {%- set rank = "indexOf(" ~ rule.prefer ~ ", toString(source))" -%}
    argMinIf(
        (value, toString(source)),
        ({{ rank ~ ' = 0, ' ~ rank ~ ', ' if rule.prefer }}isNull(observed_at), -toUnixTimestamp64Milli(ifNull(observed_at, now64(3))), value),
        attribute = '{{ rule.attribute }}'
    )
{%- endmacro %}
