{# A text as an SQL literal, whatever is in it: what people write into yml reaches SQL only through this. #}
{% macro sql_text(text) -%}
    {{ return("'" ~ text | string | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{# A list of texts as the right side of `in`, which must not be empty. #}
{% macro sql_texts(texts) -%}
    {%- set literals = [] -%}
    {%- for text in texts -%}{%- do literals.append(sql_text(text)) -%}{%- endfor -%}
    {{ return('(' ~ literals | join(', ') ~ ')') }}
{%- endmacro %}
