{# Values that identify no person: if they were links, strangers would become one person. #}

{#
    '' for a usable value, else why it is not used. All three are SQL expressions, so that a table of all types can be asked at once: an
    entity or type that is known is a name in quotes. `value` is normalised. A type without a rule blocks nothing.
#}
{% macro block_reason(entity, type, value) -%}
    {%- set by_entity = [] -%}
    {%- for known in sluice.identity_rules().entities.values() -%}
        {#- types with the same rule share a branch: most rows are then settled by the first one -#}
        {%- set branches = {} -%}
        {%- for rule in known.types -%}
            {%- do branches.setdefault(sluice.type_block_reason(rule, value), []).append(rule.name) -%}
        {%- endfor -%}
        {%- for reason, names in branches.items() -%}
            {%- do by_entity.append("toString(" ~ entity ~ ") = '" ~ known.name ~ "' and toString(" ~ type ~ ") in ('" ~ names | join("', '") ~ "'), " ~ reason) -%}
        {%- endfor -%}
    {%- endfor -%}
    multiIf({{ by_entity | join(', ') }}, '')
{%- endmacro %}

{#
    Why the identifiers of a row are not used, as SQL of `identifier` (type, number, value, …) and `folded`, its value as block classes see it. `types`:
    rules of identity_types(); those with the same rule share a branch, since the SQL of one is long.
#}
{% macro block_reason_of_number(types, identifier, folded) -%}
    {%- set branches = {} -%}
    {%- for rule in types -%}
        {%- do branches.setdefault(sluice.type_block_reason(rule, identifier ~ '.3', folded), []).append(rule.number) -%}
    {%- endfor -%}
    {%- set cases = [] -%}
    {%- for reason, numbers in branches.items() -%}
        {%- do cases.append(identifier ~ '.2 in (' ~ numbers | unique | join(', ') ~ '), ' ~ reason) -%}
    {%- endfor -%}
    {{ return('multiIf(' ~ cases | join(', ') ~ ", '')") }}
{%- endmacro %}

{# The same for one type, a rule of identity_types(). `folded`: SQL of the value as block classes see it, where it is at hand. #}
{% macro type_block_reason(rule, value, folded=none) -%}
    {%- set cases = [value ~ " = '', 'empty'", 'length(' ~ value ~ ") > 512, 'too long'"] -%}
    {%- if not rule.parts -%}
        {%- do cases.extend(sluice.block_cases(rule.block, value, rule.normalise, folded)) -%}
    {%- endif -%}
    {%- do cases.extend(sluice.invalid_cases(rule, value)) -%}
    {{ return('multiIf(' ~ cases | join(', ') ~ ", '')") }}
{%- endmacro %}

{# What cannot be a value of this type, as ["condition, 'reason'"]. #}
{% macro invalid_cases(rule, value) -%}
    {%- set cases = [] -%}
    {%- set valid = {
        'email': ['^[^@\\s]+@[^@\\s]+[.][^@\\s.]+$', 'not an e-mail address'],
        'phone': ['^[+][1-9][0-9]{7,14}$', 'not a phone number'],
    }.get(rule.normalise.as) -%}
    {%- if valid -%}
        {%- do cases.append('not match(' ~ value ~ ', ' ~ sluice.sql_text(valid[0]) ~ '), ' ~ sluice.sql_text(valid[1])) -%}
    {%- endif -%}
    {%- if rule.pattern -%}
        {%- do cases.append('not match(' ~ value ~ ', ' ~ sluice.sql_text(rule.pattern) ~ "), 'not as the pattern wants it'") -%}
    {%- endif -%}
    {{ return(cases) }}
{%- endmacro %}

{#
    What `block` refuses, as ["condition, 'reason'"]: what people listed comes first, since it is what they look for. Their values are written
    as people write them, so they are normalised as `value` was.
#}
{% macro block_cases(block, value, normaliser, folded=none) -%}
    {%- set cases = [] -%}
    {%- if block['values'] -%}
        {%- do cases.append(value ~ ' in arrayMap(listed -> ' ~ sluice.normalise_as(normaliser, 'listed') ~ ', [' ~ sluice.sql_texts(block['values']) ~ "]), 'blocked value'") -%}
    {%- endif -%}
    {%- for pattern in block['patterns'] -%}
        {%- do cases.append('match(' ~ value ~ ', ' ~ sluice.sql_text(pattern) ~ "), 'blocked pattern'") -%}
    {%- endfor -%}
    {%- set folded = folded or sluice.fold_for_block(value) -%}
    {%- for class in block['classes'] -%}
        {%- set rule = sluice.block_classes()[class] -%}
        {%- if rule.words -%}
            {#- what is no address or number is refused without them -#}
            {%- set words = rule.words + (rule.words_of_other_languages or [] if normaliser.as not in ['email', 'phone'] else []) -%}
            {%- do cases.append('trimBoth(' ~ folded ~ ", '\"''`()[]{}<> ') in (" ~ sluice.sql_texts(words) ~ '), ' ~ sluice.sql_text(rule.reason)) -%}
        {%- endif -%}
        {%- if rule.pattern -%}
            {%- set but = ' and not match(' ~ folded ~ ', ' ~ sluice.sql_text(rule.unless) ~ ')' if rule.unless else '' -%}
            {%- do cases.append('match(' ~ folded ~ ', ' ~ sluice.sql_text(rule.pattern) ~ ')' ~ but ~ ', ' ~ sluice.sql_text(rule.reason)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(cases) }}
{%- endmacro %}

{# A value as block classes see it: small letters, compatible forms as one, no space around it. #}
{% macro fold_for_block(value) -%}
    {{ return(sluice.fold_case(value, 'NFKC')) }}
{%- endmacro %}
