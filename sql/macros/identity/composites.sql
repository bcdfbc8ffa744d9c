{# Identifiers made of several columns that all must match, such as surname, birth date and postcode. #}

{#
    The value of a composite, '' when a part is empty or blocked. `columns` maps each part of the rule to an SQL expression of type String.
    Parts lose their '|', so that no two sets of parts give the same value.
#}
{% macro composite_value(type, columns) -%}
    {%- set parts = [] -%}
    {%- set missing = [] -%}
    {%- for part in type.parts -%}
        {%- set value = normalise_part(part.as, columns[part.name]) -%}
        {%- do parts.append(value) -%}
        {%- do missing.append(value ~ " = ''") -%}
        {%- set reason = blocked_by(type.block, value) -%}
        {%- if reason -%}{%- do missing.append(reason ~ " != ''") -%}{%- endif -%}
    {%- endfor -%}
    if({{ missing | join(' or ') }}, '', concat({{ parts | join(", '|', ") }}))
{%- endmacro %}

{# text: as people read it. date: the digits of year, month and day, in the order in which they stand. code: letters and digits. #}
{% macro normalise_part(kind, value) -%}
    {%- if kind == 'date' -%}
        substring(replaceRegexpAll(toString({{ value }}), '[^0-9]', ''), 1, 8)
    {%- elif kind == 'code' -%}
        replaceRegexpAll({{ fold_case(value, 'NFKC') }}, '[^\\p{L}\\p{N}]', '')
    {%- else -%}
        trim({{ fold_text("replaceAll(" ~ value ~ ", '|', ' ')") }})
    {%- endif -%}
{%- endmacro %}
