{# Conversions that take whatever type a file was loaded with, and never fail a build: what cannot be read is '' or NULL. #}

{# An identifier as text; NULL becomes ''. #}
{% macro to_text(column) -%}
    ifNull(toString({{ column }}), '')
{%- endmacro %}

{#
    Text → JSON. What no JSON column can hold (a list at the top, half a pair of UTF-16, lists deeper than 64) is kept as text under `_unparsed`.
    Lists: ClickHouse 26.7 stores them deeper, but reading the column then fails for every row beside them ("Attempt to read after eof").
#}
{% macro to_json(column) -%}
    ifNull(
        accurateCastOrNull(
            multiIf(
                {{ column }} in ('', 'null'), '{}',
                countSubstrings({{ column }}, '[') > 64 and {{ list_depth(column) }} > 64, '',
                {{ column }}
            ),
            'JSON'
        ),
        cast(concat('{"_unparsed":', toJSONString(toValidUTF8({{ column }})), '}'), 'JSON')
    )
{%- endmacro %}

{# How deep lists stand in lists; a bracket inside a text counts too. #}
{% macro list_depth(json) -%}
    arrayMax(arrayCumSum(arrayMap(bracket -> if(bracket = '[', 1, -1), extractAll({{ json }}, '[\\[\\]]'))))
{%- endmacro %}

{# Adds a text member to JSON text of an object. One that is there already comes second, and parsing takes the first. #}
{% macro with_member(json, name, value) -%}
    concat(
        '{"{{ name }}":', toJSONString({{ to_text(value) }}),
        if({{ json }} in ('', 'null', '{}'), '}', concat(',', substring({{ json }}, 2)))
    )
{%- endmacro %}

{# `"n": 12345678901234567890123` → `"n": "12345678901234567890123"`, the same for 1e999; only for text that does not parse as it is. #}
{% macro quote_large_numbers(json) -%}
    replaceRegexpAll({{ json }}, '("\\s*:\\s*|[\\[,]\\s*)(-?\\d{19,}(\\.\\d+)?([eE][+-]?\\d+)?|-?\\d+(\\.\\d+)?[eE][+]?\\d{3,})', '\\1"\\2"')
{%- endmacro %}
