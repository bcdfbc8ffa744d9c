{# How a field is written before it is compared. What says nothing becomes '': it is no evidence, as if it were missing. #}

{% macro normalise_match_field(kind, column) -%}
    {%- set text = "ifNull(toString(" ~ column ~ "), '')" -%}
    {%- if kind == 'birth_date' -%}
        {{ return(sluice.match_date_digits(text)) }}
    {%- elif kind in ['phone', 'national_id'] -%}
        {{ return(sluice.match_usable("replaceRegexpAll(" ~ sluice.plain_text(text) ~ ", '[^0-9a-z]', '')")) }}
    {%- elif kind == 'email' -%}
        {{ return(sluice.match_usable("if(position(" ~ text ~ ", '@') > 0, lower(trim(" ~ text ~ ")), '')")) }}
    {%- elif kind in ['address', 'address_2'] -%}
        {{ return(sluice.match_usable("trim(replaceRegexpAll(" ~ sluice.plain_text(text) ~ ", '[^0-9a-z]+', ' '))")) }}
    {%- else -%}
        {{ return(sluice.match_usable("replaceRegexpAll(" ~ sluice.plain_text(text) ~ ", '[^0-9a-z]+', '')")) }}
    {%- endif -%}
{%- endmacro %}

{# Lower case without marks: "Müller" and "MULLER" are one spelling. Scripts without Latin letters keep theirs. #}
{% macro plain_text(text) -%}
    {{ return("replaceRegexpAll(normalizeUTF8NFKD(lowerUTF8(" ~ text ~ ")), '\\\\p{M}', '')") }}
{%- endmacro %}

{% macro match_usable(text) -%}
    {%- set meaningless = ['null', 'none', 'nil', 'nan', 'na', 'n a', 'unknown', 'undefined', 'anonymous', 'test', 'notset', 'not set'] -%}
    {{ return("if(" ~ text ~ " in ('" ~ meaningless | join("', '") ~ "') or match(" ~ text ~ ", '^0*$'), '', " ~ text ~ ")") }}
{%- endmacro %}

{# YYYYMMDD. Dates that no calendar has stay as they are: a typing error in a day is evidence, an empty field is not. #}
{% macro match_date_digits(text) -%}
    {{ return("multiIf(match(trim(" ~ text ~ "), '^\\\\d{4}[-/.]?\\\\d{2}[-/.]?\\\\d{2}'), substring(replaceRegexpAll(" ~ text ~ ", '[^0-9]', ''), 1, 8), "
        ~ "match(trim(" ~ text ~ "), '^\\\\d{1,2}[-/.]\\\\d{1,2}[-/.]\\\\d{4}'), replaceRegexpOne(replaceRegexpOne(replaceRegexpOne(trim(" ~ text
        ~ "), '^(\\\\d)[-/.]', '0\\\\1/'), '[-/.](\\\\d)[-/.]', '/0\\\\1/'), '^(\\\\d{2}).(\\\\d{2}).(\\\\d{4}).*', '\\\\3\\\\2\\\\1'), '')") }}
{%- endmacro %}

{# First name, last name of "Lovelace, Ada" and of "Ada King Lovelace": the first and the last word; one word alone is a last name. #}
{% macro first_of_full_name(column) -%}
    {%- set text = "ifNull(toString(" ~ column ~ "), '')" -%}
    {{ return("if(position(" ~ text ~ ", ',') > 0, splitByWhitespace(trim(splitByChar(',', " ~ text ~ ")[2]))[1], if(length(splitByWhitespace(trim("
        ~ text ~ "))) > 1, splitByWhitespace(trim(" ~ text ~ "))[1], ''))") }}
{%- endmacro %}

{% macro last_of_full_name(column) -%}
    {%- set text = "ifNull(toString(" ~ column ~ "), '')" -%}
    {{ return("if(position(" ~ text ~ ", ',') > 0, splitByChar(',', " ~ text ~ ")[1], splitByWhitespace(trim(" ~ text ~ "))[-1])") }}
{%- endmacro %}
