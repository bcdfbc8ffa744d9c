{# Identifiers made of several columns that all must match, such as surname, birth date and postcode. #}

{#
    The value of a composite, '' when a part is empty or blocked. `columns` maps each part of the rule to a column. Parts are divided by '|'
    and lose their own, so that no two sets of parts give the same value.
#}
{% macro composite_value(type, columns) -%}
    {%- set values = [] -%}
    {%- set missing = [] -%}
    {%- for part in type.parts -%}
        {%- set value = sluice.normalise_as({'as': part.as}, "ifNull(toString(" ~ columns[part.name] ~ "), '')") -%}
        {%- set refused = sluice.block_cases(type.block, value, {'as': part.as}) -%}
        {%- do values.append(value) -%}
        {%- do missing.append(value ~ " = ''") -%}
        {%- if refused -%}
            {%- do missing.append('multiIf(' ~ refused | join(', ') ~ ", '') != ''") -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('if(' ~ missing | join(' or ') ~ ", '', concat(" ~ values | join(", '|', ") ~ '))') }}
{%- endmacro %}
