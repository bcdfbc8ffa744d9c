{# Conversions that take whatever type a file was loaded with, and never fail a build: what cannot be read is '' or NULL. #}

{# An identifier as text; NULL becomes ''. #}
{% macro to_text(column) -%}
    ifNull(toString({{ column }}), '')
{%- endmacro %}

{# Through whole cents, because a Float64 of 4.35 is 4.3499…, and a Decimal made of it directly would be 4.34. #}
{% macro to_money(column) -%}
    toDecimal64(ifNull(toInt64(round(toFloat64OrZero(toString({{ column }})) * 100)), 0), 2) / 100
{%- endmacro %}

{# A wall-clock time of `timezone`, whatever zone the loader assumed for it, as an instant. NULL when it cannot be read. #}
{% macro to_instant(column, timezone) -%}
    toTimeZone(parseDateTime64BestEffortOrNull(substring({{ to_text(column) }}, 1, 23), 3, '{{ timezone }}'), 'UTC')
{%- endmacro %}

{# Text → JSON. What no JSON column can hold (a number past 64 bits, a list at the top) is kept as text under `_unparsed`. #}
{% macro to_json(column) -%}
    ifNull(
        accurateCastOrNull(if({{ column }} in ('', 'null'), '{}', {{ column }}), 'JSON'),
        cast(concat('{"_unparsed":', toJSONString({{ column }}), '}'), 'JSON')
    )
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
