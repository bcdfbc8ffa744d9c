{#
    Times from whatever a file holds. What cannot be read for certain is NULL, and nothing fails a build: no day of this year for `14:05`, no
    first of February for `02/01/2026`, no 1 March for `2026-02-29`.
#}

{#
    A wall-clock time of the source's zone, whatever zone the loader assumed for it, or a time with its own offset, as an instant:
    Nullable(DateTime64(3, 'UTC')). Years 1900 to 2299. Of an hour that the clocks repeat the first is meant; one that they skip is no time.
#}
{% macro to_instant(column, source) -%}
    {%- set format = source_format(source) -%}
    {%- set zone = sql_text(format.timezone) -%}
    {%- if format.timezone == 'UTC' %}
    -- a column of times needs no second look, and UTC no hour that is missing
    if(position(toTypeName({{ column }}), 'DateTime') > 0, {{ instant_of_time(column) }},
    {%- endif %}
    arrayMap(
        written -> multiIf(
            match(written, '^([0-9]{10}|[0-9]{13}|[0-9]{16})$'),
                toNullable(fromUnixTimestamp64Milli(toInt64OrZero(rightPad(substring(written, 1, 13), 13, '0')), 'UTC')),
            match(written, '^[A-Za-z0-9 ,:.+-]+$') and match(written, '(?i)(^|[^a-z])(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)')
                and match(written, '(^|[^0-9:+])(19|2[0-2])[0-9]{2}($|[^0-9:])'),
                toTimeZone(parseDateTime64BestEffortOrNull(written, 3, {{ zone }}), 'UTC'),
            arrayMap(
                wall -> {{ instant_of_wall_clock('wall', zone, format.timezone) }},
                [{{ wall_clock('written', format.date_order) }}]
            )[1]
        ),
        [trimBoth({{ to_text(column) }})]
    )[1]
    {%- if format.timezone == 'UTC' -%}
    )
    {%- endif %}
{%- endmacro %}

{# The wall clock of a column of times, whatever its own zone, taken for UTC. #}
{% macro instant_of_time(column) -%}
    arrayMap(
        at -> if(toYear(at) between 1900 and 2299, at, null),
        [parseDateTime64BestEffortOrNull(substring({{ to_text(column) }}, 1, 23), 3, 'UTC')]
    )[1]
{%- endmacro %}

{# Text → `2026-03-02 14:05:00`, with `.123` and an offset behind it where it had them; '' when it is no date of a declared order. #}
{% macro wall_clock(text, date_order) -%}
    {%- set pattern -%}
        ^([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,4})(?:(?:T|,?\s+)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|z|UTC|GMT|[+-][01][0-9]:?(?:[0-5][0-9])?)?)?$
    {%- endset -%}
    multiIf(
        match({{ text }}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?$'),
            concat(substring({{ text }}, 1, 10), ' ', substring({{ text }}, 12, 12)),
        {%- if date_order in (none, 'ymd') %}
        match({{ text }}, '^(19|2[0-2])[0-9]{6}([0-9]{6})?$'),
            concat(
                substring({{ text }}, 1, 4), '-', substring({{ text }}, 5, 2), '-', substring({{ text }}, 7, 2), ' ',
                if(
                    length({{ text }}) = 8,
                    '00:00:00',
                    concat(substring({{ text }}, 9, 2), ':', substring({{ text }}, 11, 2), ':', substring({{ text }}, 13, 2))
                )
            ),
        {%- endif %}
        arrayMap(
            part -> if(
                empty(part) or {{ day_is_unclear('part', date_order) }} or {{ hour_is_unclear('part') }},
                '',
                concat(
                    {{ day_of('part', date_order) }}, ' ', leftPad(toString({{ hour_of('part') }}), 2, '0'), ':', leftPad(part[5], 2, '0'), ':',
                    leftPad(part[6], 2, '0'), if(part[7] = '', '', concat('.', substring(part[7], 1, 3))), {{ offset_of('part[9]') }}
                )
            ),
            [extractGroups({{ text }}, {{ sql_text(pattern) }})]
        )[1]
    )
{%- endmacro %}

{# The year stands first, or the source says where day and month stand behind which it comes. Two digits are no year. #}
{% macro day_is_unclear(part, date_order) -%}
    {%- if date_order in ('dmy', 'mdy') -%}
        not (length({{ part }}[1]) = 4 and length({{ part }}[3]) <= 2 or length({{ part }}[1]) <= 2 and length({{ part }}[3]) = 4)
    {%- else -%}
        not (length({{ part }}[1]) = 4 and length({{ part }}[3]) <= 2)
    {%- endif -%}
{%- endmacro %}

{% macro day_of(part, date_order) -%}
    {%- set first, second = ("1", "2") if date_order == 'mdy' else ("2", "1") -%}
    if(
        length({{ part }}[1]) = 4,
        concat({{ part }}[1], '-', leftPad({{ part }}[2], 2, '0'), '-', leftPad({{ part }}[3], 2, '0')),
        concat({{ part }}[3], '-', leftPad({{ part }}[{{ first }}], 2, '0'), '-', leftPad({{ part }}[{{ second }}], 2, '0'))
    )
{%- endmacro %}

{# `14:05 pm` and `0:05 am` are no hours of a clock with twelve. #}
{% macro hour_is_unclear(part) -%}
    {{ part }}[8] != '' and (toUInt8OrZero({{ part }}[4]) < 1 or toUInt8OrZero({{ part }}[4]) > 12)
{%- endmacro %}

{% macro hour_of(part) -%}
    if({{ part }}[8] = '', toUInt8OrZero({{ part }}[4]), toUInt8OrZero({{ part }}[4]) % 12 + if(lower(substring({{ part }}[8], 1, 1)) = 'p', 12, 0))
{%- endmacro %}

{# `+0200`, `+02` → `+02:00`; `UTC` → `Z`. #}
{% macro offset_of(text) -%}
    multiIf(
        {{ text }} = '', '',
        match({{ text }}, '^[+-]'), concat(substring({{ text }}, 1, 3), ':', rightPad(substring(replaceAll({{ text }}, ':', ''), 4, 2), 2, '0')),
        'Z'
    )
{%- endmacro %}

{# The parser would turn 30 February into March and a skipped hour into its neighbour: what it read must read as what was written. #}
{% macro instant_of_wall_clock(wall, zone, zone_name) -%}
    {%- set seconds = 'substring(' ~ wall ~ ', 1, 19)' -%}
    multiIf(
        substring({{ wall }}, 1, 4) < '1900' or substring({{ wall }}, 1, 4) > '2299', null,
        ifNull(substring(toString(parseDateTime64BestEffortOrNull({{ seconds }}, 3, 'UTC')), 1, 19), '') != {{ seconds }}, null,
        {%- if zone_name != 'UTC' %}
        not match(substring({{ wall }}, 20), '[Z+-]'),
            arrayMap(
                at -> multiIf(
                    substring(toString(at), 1, 19) = {{ seconds }}, toTimeZone(at, 'UTC'),
                    -- a day that begins at one o'clock, because the clocks skip its midnight
                    {{ seconds }} = concat(substring(toString(at + interval 1 hour), 1, 10), ' 00:00:00'), toTimeZone(at + interval 1 hour, 'UTC'),
                    null
                ),
                [parseDateTime64BestEffortOrNull({{ wall }}, 3, {{ zone }})]
            )[1],
        {%- endif %}
        parseDateTime64BestEffortOrNull({{ wall }}, 3, 'UTC')
    )
{%- endmacro %}
