{# A text as an SQL literal, whatever is in it: what people write into yml reaches SQL only through this. #}
{% macro sql_text(text) -%}
    {{ return("'" ~ text | string | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{# Texts as SQL literals with commas between them, for `in (…)` or `[…]`. #}
{% macro sql_texts(texts) -%}
    {{ return("'" ~ texts | map('string') | map('replace', '\\', '\\\\') | map('replace', "'", "\\'") | join("', '") ~ "'") }}
{%- endmacro %}

{# The name of a column as SQL, whatever is in it: files have columns called `Order No`, `Größe (cm)` and `select`. #}
{% macro sql_name(name) -%}
    {{ return('`' ~ name | string | replace('\\', '\\\\') | replace('`', '\\`') ~ '`') }}
{%- endmacro %}
