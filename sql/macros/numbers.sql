{#
    Numbers and money from whatever a file or an event holds. What cannot be read for certain is NULL, and nothing fails a build.
    `1,234` is one thing in Berlin and another in Boston: a comma is read only where the source declares its decimal sign.
#}

{# Money of a raw column, in the currency that its source declares: Nullable(Decimal(18, 2)). #}
{% macro to_money(column, source) -%}
    {{ sluice.as_money(sluice.read_number(sluice.to_text(column), sluice.is_text_column(column), sluice.number_format_of(source), sluice.sql_text(sluice.source_format(source).currency))) }}
{%- endmacro %}

{# Pieces, grams or litres of a raw column: Nullable(Float64). #}
{% macro to_quantity(column, source) -%}
    {{ sluice.as_quantity(sluice.read_number(sluice.to_text(column), sluice.is_text_column(column), sluice.number_format_of(source), sluice.no_currency())) }}
{%- endmacro %}

{# To whole cents, half a cent away from zero: sites send 0.30000000000000004. NULL past 16 digits before the point, where no cents are left. #}
{% macro as_money(number) -%}
    arrayMap(
        amount -> if(abs(amount) < 10000000000000000, accurateCastOrNull(amount, 'Decimal(18, 2)'), null),
        [round({{ number }}, 2)]
    )[1]
{%- endmacro %}

{# The price of one piece keeps its parts of a cent; past what money can hold it is none. #}
{% macro as_price(number) -%}
    arrayMap(price -> if(abs(price) < 10000000000000000, price, null), [{{ number }}])[1]
{%- endmacro %}

{# Through text: the nearest double of 1e15, where the direct way gives 999999999999999.9. #}
{% macro as_quantity(number) -%}
    toFloat64OrNull(toString({{ number }}))
{%- endmacro %}

{#
    The sum of several raw columns of money: NULL when one could not be read, or none is given; a cell that is empty beside others adds nothing.

    columns   { raw column: what it was read to }
#}
{% macro sum_of_given(columns) -%}
    if(
        {%- for raw, read in columns.items() %}
        {{ sluice.is_given(raw) }} and isNull({{ read }}) or
        {%- endfor %}
        isNull(coalesce({{ columns.values() | join(', ') }})),
        null,
        {{ sluice.as_money('ifNull(' ~ columns.values() | join(', 0) + ifNull(') ~ ', 0)') }}
    )
{%- endmacro %}

{# In place of a currency where none may stand: nothing is equal to it. #}
{% macro no_currency() -%}{{ return("'-'") }}{%- endmacro %}

{# Whether people may have written the values, with signs of their own: a column of numbers has none. #}
{% macro is_text_column(column) -%}
    position(toTypeName({{ column }}), 'String') > 0
{%- endmacro %}

{#
    Text → Nullable(Decimal(38, 8)).

    text       SQL text
    is_text    SQL condition: written by people; false for what was a number before it became text
    format     { is_comma, is_declared }, see number_format_of
    currency   SQL text: the currency of the row; '' when unknown. An amount that names another one is not read
#}
{% macro read_number(text, is_text, format, currency) -%}
    multiIf(
        not ({{ is_text }}), toDecimal128OrNull({{ text }}, 8),
        arrayMap(
            written -> multiIf(
                not {{ format.is_declared }} and {{ sluice.is_ambiguous('written') }}, null,
                isNotNull(toFloat64OrNull(written)), {{ sluice.plain_number('written') }},
                {{ sluice.spelled_number('written', format, currency) }}
            ),
            [if({{ format.is_comma }}, translate(trimBoth({{ text }}), '.,', ',.'), trimBoth({{ text }}))]
        )[1]
    )
{%- endmacro %}

{# As machines write it: `12.5`, `-3`, `1e3`. toDecimal128OrNull alone would take `-` for 0 and `1.2.3` for 1.23. #}
{% macro plain_number(text) -%}
    if(isNull(toFloat64OrNull({{ text }})), null, toDecimal128OrNull({{ text }}, 8))
{%- endmacro %}

{# One point with three digits after it: a thousand to some, a fraction to others. #}
{% macro is_ambiguous(text) -%}
    match({{ text }}, '^[-+]?[1-9][0-9]{0,2}[.][0-9]{3}$')
{%- endmacro %}

{#
    As people write it, with the point for decimals: thousands in groups, a currency before or after, brackets or a minus for negative.
    The groups of the pattern: bracket, sign, currency, sign, digits, currency, sign, bracket.
#}
{% macro spelled_number(text, format, currency) -%}
    {%- set gap = '[\\s\\x{a0}\\x{2007}\\x{2009}\\x{202f}]' -%}
    {%- set minus = '[-\\x{2212}]' -%}
    {%- set grouped -%}
        [1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?:{{ gap }}[0-9]{3})+|[1-9][0-9]{0,2}(?:['\x{2019}][0-9]{3})+|[0-9]+
    {%- endset -%}
    {%- set pattern -%}
        ^(\(?){{ gap }}*([-+\x{2212}]?){{ gap }}*([A-Za-z]{3}|[A-Z]{0,2}\p{Sc})?{{ gap }}*([-+\x{2212}]?)((?:{{ grouped }})(?:\.[0-9]+)?){{ gap }}*([A-Za-z]{3}|[A-Z]{0,2}\p{Sc})?{{ gap }}*({{ minus }}?){{ gap }}*(\)?)$
    {%- endset -%}
    arrayMap(
        part -> multiIf(
            empty(part), null,
            not {{ format.is_declared }} and (position(part[5], ',') > 0 or {{ sluice.is_ambiguous('part[5]') }}), null,
            (part[1] != '') != (part[8] != ''), null,
            (part[1] != '') + (part[2] != '') + (part[4] != '') + (part[7] != '') > 1, null,
            part[3] != '' and part[6] != '', null,
            not {{ sluice.is_in_currency('concat(part[3], part[6])', currency) }}, null,
            if(part[1] != '' or part[7] != '' or not concat(part[2], part[4]) in ('', '+'), -1, 1)
                * toDecimal128OrNull(replaceRegexpAll(part[5], '[^0-9.]', ''), 8)
        ),
        [extractGroups({{ text }}, {{ sluice.sql_text(pattern) }})]
    )[1]
{%- endmacro %}
