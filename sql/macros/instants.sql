{#
    Times from whatever a file holds. What cannot be read for certain is NULL, and nothing fails a build: no day of this year for `14:05`, no
    first of February for `02/01/2026`, no 1 March for `2026-02-29`.
#}

{#
    A wall-clock time of the source's zone, or a time with its own offset, as an instant: Nullable(DateTime64(3, 'UTC')). A column of times is one of
    wall clocks, whatever zone the loader assumed for it, unless its zone is `Etc/UTC`: so it writes times that had an offset. Years 1900 to 2299.
    Of an hour that the clocks repeat the first is meant; one that they skip is no time.
#}
{% macro to_instant(column, source) -%}
    {%- set format = sluice.source_format(source) -%}
    {%- set zone = sluice.sql_text(format.timezone) -%}
    -- moments need no second look, and UTC has no hour that is missing
    if(position(toTypeName({{ column }}), {{ "'DateTime'" if format.timezone == 'UTC' else "'Etc/UTC'" }}) > 0, {{ sluice.instant_of_time(column) }},
    arrayMap(
        written -> multiIf(
            -- 2026030214 may be two o'clock on a day of 2026, and a second of 2034
            match(written, '^(19|2[0-2])[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])([0-5][0-9]{3}[0-9]{2})?$'), null,
            match(written, '^([0-9]{10}|[0-9]{13}|[0-9]{16})$'),
                toNullable(fromUnixTimestamp64Milli(toInt64OrZero(rightPad(substring(written, 1, 13), 13, '0')), 'UTC')),
            arrayMap(
                wall -> {{ sluice.instant_of_wall_clock('wall', zone, format.timezone) }},
                [{{ sluice.wall_clock('written', format.date_order) }}]
            )[1]
        ),
        [{{ sluice.with_numbered_month('trimBoth(' ~ sluice.to_text(column) ~ ')') }}]
    )[1])
{%- endmacro %}

{# The wall clock of a column of times, whatever its own zone, taken for UTC. #}
{% macro instant_of_time(column) -%}
    arrayMap(
        at -> if(toYear(at) between 1900 and 2299, at, null),
        [parseDateTime64BestEffortOrNull(substring({{ sluice.to_text(column) }}, 1, 23), 3, 'UTC')]
    )[1]
{%- endmacro %}

{#
    `2 Mar 2026 14:05` → `2026-03-2 14:05`: a date that names its month, with the year first, which is read in any order. Day or month may come first, a
    weekday before them, and the year behind the time (`Mon Mar  2 14:05:01 2026`); the zone's name in brackets at the end, as JavaScript writes it, says
    nothing. Any other text stays as it is.
#}
{% macro with_numbered_month(text) -%}
    {%- set weekday = '(?i)^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.]?,?\\s+)?' -%}
    {%- set month = '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)[.]?' -%}
    {%- set time = '((?:T|,?\\s+)[0-9].*?)?(?:\\s+[(][A-Za-z ]+[)])?$' -%}
    arrayMap(
        written -> if(
            not match(written, '[A-Za-z]{3}'),
            written,
            arrayMap(
                parts -> multiIf(
                    notEmpty(parts.1), {{ sluice.numbered('parts.1[3]', 'parts.1[2]', 'parts.1[1]', 'parts.1[4]') }},
                    notEmpty(parts.2), {{ sluice.numbered('parts.2[3]', 'parts.2[1]', 'parts.2[2]', 'parts.2[4]') }},
                    notEmpty(parts.3), {{ sluice.numbered('parts.3[4]', 'parts.3[1]', 'parts.3[2]', "concat(' ', parts.3[3])") }},
                    notEmpty(parts.4), {{ sluice.numbered('parts.4[1]', 'parts.4[2]', 'parts.4[3]', 'parts.4[4]') }},
                    written
                ),
                [(
                    extractGroups(written, {{ sluice.sql_text(weekday ~ '([0-9]{1,2})[.]?[\\s-]*' ~ month ~ ',?[\\s-]*([0-9]{4})' ~ time) }}),
                    extractGroups(written, {{ sluice.sql_text(weekday ~ month ~ '[\\s-]*([0-9]{1,2}),?[\\s-]+([0-9]{4})' ~ time) }}),
                    extractGroups(written, {{ sluice.sql_text(weekday ~ month ~ '\\s+([0-9]{1,2})\\s+([0-9:.]+(?:\\s+(?:UTC|GMT))?)\\s+([0-9]{4})$') }}),
                    extractGroups(written, {{ sluice.sql_text('(?i)^([0-9]{4})[\\s-]+' ~ month ~ '[\\s-]+([0-9]{1,2})' ~ time) }})
                )]
            )[1]
        ),
        [{{ text }}]
    )[1]
{%- endmacro %}

{# `GMT+0100` is an offset, too. #}
{% macro numbered(year, month, day, time) -%}
    concat(
        {{ year }}, '-',
        transform(
            lower(substring({{ month }}, 1, 3)),
            ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
            ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'],
            ''
        ),
        '-', {{ day }}, replaceRegexpOne({{ time }}, '(?i)(?:GMT|UTC)([+-])', '\\1')
    )
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
                empty(part) or {{ sluice.day_is_unclear('part', date_order) }} or {{ sluice.hour_is_unclear('part') }},
                '',
                concat(
                    {{ sluice.day_of('part', date_order) }}, ' ', leftPad(toString({{ sluice.hour_of('part') }}), 2, '0'), ':', leftPad(part[5], 2, '0'), ':',
                    leftPad(part[6], 2, '0'), if(part[7] = '', '', concat('.', substring(part[7], 1, 3))), {{ sluice.offset_of('part[9]') }}
                )
            ),
            [extractGroups({{ text }}, {{ sluice.sql_text(pattern) }})]
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
