{#
    How each source writes its numbers, times and money: the setting `source_formats` declares it (docs/source-formats.md).
    Whatever is not written so is unknown (NULL) and counted in `unreadable_values`; it is never guessed at.
#}

{# The declaration of one source: { decimal: '.', ',' or none, date_order: 'dmy', 'mdy', 'ymd' or none, timezone, currency: code or '' }. #}
{% macro source_format(source) -%}
    {%- set declared = sluice.checked_source_formats().get(source, {}) -%}
    {{ return({
        'decimal': declared.get('decimal'),
        'date_order': declared.get('date_order'),
        'timezone': declared.get('timezone', 'UTC'),
        'currency': declared.get('currency', '') | upper,
    }) }}
{%- endmacro %}

{# `source_formats` as declared, once it is known to say something that can be done. #}
{% macro checked_source_formats() -%}
    {%- set allowed = {'decimal': ['.', ','], 'date_order': ['dmy', 'mdy', 'ymd']} -%}
    {%- set formats = sluice.setting('source_formats') or {} -%}
    {%- for source, declared in formats.items() -%}
        {%- for key, value in (declared or {}).items() -%}
            {%- set place = 'source_formats.' ~ source ~ '.' ~ key -%}
            {%- if key not in ['decimal', 'date_order', 'timezone', 'currency'] -%}
                {{ exceptions.raise_compiler_error(place ~ ' is not a setting of a source; known: decimal, date_order, timezone, currency.') }}
            {%- elif key in allowed and value not in allowed[key] -%}
                {{ exceptions.raise_compiler_error(place ~ ' is ' ~ value ~ ', and must be one of: ' ~ allowed[key] | join('  ')) }}
            {%- elif key == 'currency' and (value | upper) not in sluice.iso_currencies() -%}
                {{ exceptions.raise_compiler_error(place ~ ' is ' ~ value ~ ', and must be a currency of ISO 4217 such as EUR.') }}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(formats) }}
{%- endmacro %}

{# How numbers are written in rows of one source, as SQL: { is_comma, is_declared } are conditions. #}
{% macro number_format_of(source) -%}
    {%- set decimal = sluice.source_format(source).decimal -%}
    {{ return({'is_comma': '1' if decimal == ',' else '0', 'is_declared': '1' if decimal else '0'}) }}
{%- endmacro %}

{# The same where each row names its source in `column`. #}
{% macro number_format_by(column) -%}
    {%- set comma = [] -%}
    {%- set declared = [] -%}
    {%- for source in sluice.checked_source_formats() -%}
        {%- set decimal = sluice.source_format(source).decimal -%}
        {%- if decimal -%}{%- do declared.append(source) -%}{%- endif -%}
        {%- if decimal == ',' -%}{%- do comma.append(source) -%}{%- endif -%}
    {%- endfor -%}
    {{ return({
        'is_comma': column ~ ' in (' ~ sluice.sql_texts(comma) ~ ')' if comma else '0',
        'is_declared': column ~ ' in (' ~ sluice.sql_texts(declared) ~ ')' if declared else '0',
    }) }}
{%- endmacro %}

{# The currency that the source in `column` declares; '' for none. #}
{% macro declared_currency_by(column) -%}
    {%- set sources = [] -%}
    {%- set currencies = [] -%}
    {%- for source in sluice.checked_source_formats() -%}
        {%- set currency = sluice.source_format(source).currency -%}
        {%- if currency -%}
            {%- do sources.append(source) -%}
            {%- do currencies.append(currency) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if sources -%}
        transform(toString({{ column }}), [{{ sluice.sql_texts(sources) }}], [{{ sluice.sql_texts(currencies) }}], '')
    {%- else -%}
        ''
    {%- endif -%}
{%- endmacro %}

{# Whether a raw column says anything at all: an empty cell is no value, and so not an unreadable one. #}
{% macro is_given(column) -%}
    if({{ sluice.is_text_column(column) }}, ifNull(trimBoth(toString({{ column }})) != '', false), isNotNull({{ column }}))
{%- endmacro %}

{#
    What `unreadable_values` counts, as a column of a staging model.

    columns   { raw column: what it was read to, NULL when it could not be read }
#}
{% macro readings(columns) -%}
    cast(
        tuple(
            {#- The file's name of a column: the backticks are those of SQL. #}
            [{{ sluice.sql_texts(columns.keys() | map('replace', '`', '')) }}],
            [
                {%- for raw in columns %}
                {{ sluice.is_given(raw) }}{{ ',' if not loop.last }}
                {%- endfor %}
            ],
            [
                {%- for raw, read in columns.items() %}
                {{ sluice.is_given(raw) }} and isNull({{ read }}){{ ',' if not loop.last }}
                {%- endfor %}
            ]
        ),
        'Tuple(columns Array(String), given Array(UInt8), unreadable Array(UInt8))'
    )
{%- endmacro %}

{# [{ model, column, source, table }] of the columns made by `readings`, which say so: `meta: { sluice: { readings: <source>.<table> } }`. #}
{% macro declared_readings() -%}
    {%- set found = [] -%}
    {%- for name in sluice.models_that_say(['readings']) -%}
        {%- for column in sluice.declared_model(name).columns.values() if sluice.sluice_meta(column).readings -%}
            {%- set parts = (sluice.sluice_meta(column).readings | string).split('.') -%}
            {%- if parts | length != 2 -%}
                {%- do sluice.declaration_error(name, column.name, 'readings', 'it is the source and the table that are read, such as shop.orders') -%}
            {%- endif -%}
            {%- do found.append({'model': name, 'column': column.name, 'source': parts[0], 'table': parts[1]}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
