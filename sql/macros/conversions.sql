{# Conversions that take whatever type a file was loaded with, and never fail a build: what cannot be read is '' or NULL. #}

{# An identifier as text; NULL becomes ''. #}
{% macro to_text(column) -%}
    ifNull(toString({{ column }}), '')
{%- endmacro %}

{#
    The type of a column whose names come from anybody: properties and traits. No name has a column of its own: they lie together, each value with its
    type, and are read in the same way. Building 317,000 events, one of which has 2,000 names, takes 0.29 GB; 0.46 with 16 paths, 0.9 with 64, 3.2 with
    the default of 1,024. With any number of paths a stranger decides about three things: lists of objects have paths below theirs (a hundred messages of
    lists in lists, with 64 paths, opened 20,000 files, and the build failed); a path with more types than its limit turns an integer past 2^63
    into a double; and the first names of a block take the paths. What it costs: a property that every event has is read from all 317,000 in
    0.05–0.2 s instead of 0.01; from those of one event name of twenty in 0.01 s either way. The contracts in the yml repeat it, as the client writes it.
#}
{% macro open_json() -%}
    JSON(max_dynamic_paths = 0)
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
                countSubstrings({{ column }}, '[') > 64 and {{ sluice.list_depth(column) }} > 64, '',
                {{ column }}
            ),
            '{{ sluice.open_json() }}'
        ),
        cast(concat('{"_unparsed":', toJSONString(toValidUTF8({{ column }})), '}'), '{{ sluice.open_json() }}')
    )
{%- endmacro %}

{# How deep lists stand in lists; a bracket inside a text counts too. #}
{% macro list_depth(json) -%}
    arrayMax(arrayCumSum(arrayMap(bracket -> if(bracket = '[', 1, -1), extractAll({{ json }}, '[\\[\\]]'))))
{%- endmacro %}

{# Adds a text member to JSON text of an object. One that is there already comes second, and parsing takes the first. #}
{% macro with_member(json, name, value) -%}
    concat(
        '{"{{ name }}":', toJSONString({{ sluice.to_text(value) }}),
        if({{ json }} in ('', 'null', '{}'), '}', concat(',', substring({{ json }}, 2)))
    )
{%- endmacro %}

{# Text of a message that ClickHouse can read without a loss: of the columns `message` and `has_long_numbers` of the landing table. #}
{% macro readable_message() -%}
    if(has_long_numbers, {{ sluice.quote_long_numbers('message') }}, message)
{%- endmacro %}

{#
    JSON text in which each number that fits neither a 64-bit integer nor a double is a text with the same digits: as a number it would be
    rounded, or make the whole text unreadable. `{"n": 12345678901234567890123, "m": 1}` → `{"n": "12345678901234567890123", "m": 1}`.
    The text is cut into strings, numbers and what is between them, since what looks like a number within a string must stay as it is.
#}
{% macro quote_long_numbers(json) -%}
    arrayStringConcat(arrayMap(
        token -> if(match(token, '^-?[0-9]') and not {{ sluice.fits_a_number('token') }}, concat('"', token, '"'), token),
        extractAll({{ json }}, $$"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[^"0-9-]+|-$$)
    ))
{%- endmacro %}

{# Whether the text of a JSON number comes out of ClickHouse's parser with the value that it has. #}
{% macro fits_a_number(token) -%}
    if(
        match({{ token }}, '^-?[0-9]+$'),
        {{ token }} = '-0' or ifNull(toString(toInt64OrNull({{ token }})), '') = {{ token }} or ifNull(toString(toUInt64OrNull({{ token }})), '') = {{ token }},
        {{ sluice.significant_digits("toString(JSONExtractFloat(" ~ token ~ "))") }} = {{ sluice.significant_digits(token) }}
    )
{%- endmacro %}

{# `-0.0150e7` → `15`. #}
{% macro significant_digits(number) -%}
    trim(both '0' from replaceRegexpAll(replaceRegexpOne({{ number }}, '[eE].*$', ''), '[^0-9]', ''))
{%- endmacro %}

{# Of JSON text of an object, the members that are texts or numbers, and those of `keep` whatever they are: `"id": []` is no id. #}
{% macro scalar_members(json, keep='') -%}
    concat('{', arrayStringConcat(arrayMap(
        pair -> concat(toJSONString(pair.1), ':', pair.2),
        arrayFilter(pair -> pair.1 = '{{ keep }}' or match(pair.2, '^["0-9-]'), JSONExtractKeysAndValuesRaw({{ json }}))
    ), ','), '}')
{%- endmacro %}
