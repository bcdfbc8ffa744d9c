{# A text as an SQL literal, whatever is in it: what people write into yml reaches SQL only through this. #}
{% macro sql_text(text) -%}
    {{ return("'" ~ text | string | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{# Texts as SQL literals with commas between them, for `in (…)` or `[…]`. #}
{% macro sql_texts(texts) -%}
    {{ return("'" ~ texts | map('string') | map('replace', '\\', '\\\\') | map('replace', "'", "\\'") | join("', '") ~ "'") }}
{%- endmacro %}

{# The same as an array; [] of none. #}
{% macro sql_array(texts) -%}{{ return('[' ~ (sluice.sql_texts(texts) if texts else '') ~ ']') }}{%- endmacro %}

{# The name of a column as SQL, whatever is in it: files have columns called `Order No`, `Größe (cm)` and `select`. #}
{% macro sql_name(name) -%}
    {{ return('`' ~ name | string | replace('\\', '\\\\') | replace('`', '\\`') ~ '`') }}
{%- endmacro %}

{# Where a list may stand, one word may stand alone; a text taken for a list would be its letters. #}
{% macro list_of(words) -%}
    {{ return([] if words is none or words is undefined or words == '' else words | list if words is iterable and words is not string else [words]) }}
{%- endmacro %}
