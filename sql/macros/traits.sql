{# What an identify call says of a person besides the columns that stg_web__events names. `traits` is its JSON text. #}

{# Names that have a column of their own in `profiles`, in each spelling that is read into it. #}
{% macro traits_with_a_column() -%}
    {%- set names = [
        'email', 'phone', 'first_name', 'firstName', 'last_name', 'lastName', 'city', 'country_code', 'country', 'language', 'consent_email', 'consentEmail',
    ] -%}
    {%- for type in sluice.types_of_traits('person') -%}{%- do names.extend(type.traits) -%}{%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#
    Array(Tuple(name, JSON text)) of all others, as `traits.<name>`; null is a value: it says that there is none any more. A name over 200 bytes is no
    trait but data in the wrong place, and a text that a template left unfilled says nothing. `said`: the object as such an array, read once.
#}
{% macro further_traits(said) -%}
    arrayMap(
        pair -> (concat('traits.', pair.1), pair.2),
        arrayFilter(
            pair -> pair.1 not in ('', {{ sluice.sql_texts(sluice.traits_with_a_column()) }}) and length(pair.1) <= 200
                and not (startsWith(pair.2, '"') and {{ sluice.is_only_unfilled('JSONExtractString(pair.2)') }}),
            {{ said }}
        )
    )
{%- endmacro %}

{# 'true', 'false', or '' when the call does not say: the same words as in the CRM's file. #}
{% macro consent_of_traits(said) -%}
    transform(
        lower(trim(both '"' from arrayFirst(pair -> pair.1 in ('consent_email', 'consentEmail'), {{ said }}).2)),
        ['true', '1', 'yes', 'false', '0', 'no'],
        ['true', 'true', 'true', 'false', 'false', 'false'],
        ''
    )
{%- endmacro %}

{# An address that several people read, normalised; '' for any other. It joins no profiles, but it still reaches the person who gave it. #}
{% macro email_of_several(column) -%}
    {%- set rule = sluice.identity_type('person', 'email') -%}
    {#- the classes that an address can belong to: the others are no address, and long -#}
    {%- set classes = rule.block.classes | select('in', ['test_address', 'unread_mailbox', 'role_mailbox', 'reserved_domain']) | list -%}
    {%- set rule = dict(rule, block=dict(rule.block, classes=classes)) -%}
    if(
        {{ column }} != '' and ({{ sluice.normalise_identifier('person', 'email', column) }} as normal_address) != ''
            and {{ sluice.type_block_reason(rule, 'normal_address') }} = 'role mailbox',
        normal_address,
        ''
    )
{%- endmacro %}

{#
    Which value of a trait wins, as SQL to sort rows of `resolved_attributes` by: of the sources that the setting `survivorship` prefers for
    `traits.<name>`, or for all as `traits`, the first; among the others, and within one, the newest.
#}
{% macro rank_of_trait() -%}
    {%- set rules = sluice.setting('survivorship') or {} -%}
    {%- set cases = [] -%}
    {%- for name in rules if name.startswith('traits.') and sluice.preferred_sources('survivorship', name) -%}
        {%- do cases.append('attribute = ' ~ sluice.sql_text(name) ~ ', ' ~ sluice.rank_of_source(sluice.preferred_sources('survivorship', name))) -%}
    {%- endfor -%}
    {%- set preferred = sluice.preferred_sources('survivorship', 'traits') -%}
    {%- set other = sluice.rank_of_source(preferred) if preferred else 'toUInt64(0)' -%}
    {{ return('(' ~ ('multiIf(' ~ cases | join(', ') ~ ', ' ~ other ~ ')' if cases else other) ~ ', isNull(observed_at), -toUnixTimestamp64Milli(ifNull(observed_at, now64(3))), value)') }}
{%- endmacro %}

{# The place of a source among the preferred ones, past them for any other. #}
{% macro rank_of_source(prefer) -%}
    {{ return('transform(toString(source), [' ~ sluice.sql_texts(prefer) ~ '], range(1, ' ~ (prefer | length + 1) ~ '), toUInt64(' ~ (prefer | length + 1) ~ '))') }}
{%- endmacro %}

{#
    The JSON text of a trait as a JSON column can hold it: what it cannot (a number past 64 bits, a name twice) becomes the text of itself. What is
    plainly fine, nearly everything, is not tried.
#}
{% macro storable_trait(value) -%}
    multiIf(
        startsWith({{ value }}, '"') or match({{ value }}, '^(true|false|-?[0-9]{1,18}([.][0-9]{1,15})?)$'), {{ value }},
        isNull(accurateCastOrNull(concat('{"v":', {{ value }}, '}'), '{{ sluice.open_json() }}')), toJSONString({{ value }}),
        {{ value }}
    )
{%- endmacro %}

{#
    Array(Tuple(name, JSON text)) → JSON. Where the part of a name before its dot is a name too (`a.b` beside `a`), those with dots are kept as text under
    `_unparsed`, so that they cost the person no other trait.
#}
{% macro json_of_traits(traits) -%}
    {%- set whole = sluice.json_text_of_traits(traits) -%}
    {%- set dotted = "arrayFilter(trait -> position(trait.1, '.') > 0, " ~ traits ~ ')' -%}
    {#- parsing keeps the first of two values of one path and says nothing -#}
    {%- set is_doubled = "notEmpty(arrayIntersect(" ~ traits ~ ".1, arrayMap(trait -> substringIndex(trait.1, '.', 1), " ~ dotted ~ ")))" -%}
    {%- set plain = "arrayFilter(trait -> position(trait.1, '.') = 0, " ~ traits ~ ')' -%}
    if(empty({{ traits }}), cast('{}', '{{ sluice.open_json() }}'), coalesce(
        if({{ is_doubled }}, null, accurateCastOrNull({{ whole }}, '{{ sluice.open_json() }}')),
        accurateCastOrNull({{ sluice.json_text_of_traits("arrayPushBack(" ~ plain ~ ", ('_unparsed', toJSONString(" ~ sluice.json_text_of_traits(dotted) ~ ")))") }}, '{{ sluice.open_json() }}'),
        cast(concat('{"_unparsed":', toJSONString({{ whole }}), '}'), '{{ sluice.open_json() }}')
    ))
{%- endmacro %}

{% macro json_text_of_traits(traits) -%}
    {{ return("concat('{', arrayStringConcat(arrayMap(trait -> concat(toJSONString(trait.1), ':', trait.2), " ~ traits ~ "), ','), '}')") }}
{%- endmacro %}
