{# Numbers and ids made of what they stand for, so that every build and every replica agrees on them. #}

{#
    The number of an identifier in the graph: a pure function of what it is. `entity` and `type` are SQL expressions.
    64 bits: at 100 million identifiers two of them meet with a chance of 1 in 4,000 (tested: identity_identifiers.node is unique).
#}
{% macro identifier_node(entity, type, value) -%}
    sipHash64Keyed({{ sluice.identity_hash_key() }}, toString({{ entity }}), toString({{ type }}), {{ value }})
{%- endmacro %}

{% macro identity_hash_key() -%}
    {%- set key = sluice.setting('identity_hash_key') -%}
    (toUInt64({{ key[0] }}), toUInt64({{ key[1] }}))
{%- endmacro %}

{# A UUID (version 8, the one for private schemes) made of a keyed hash of `parts`, a list of SQL expressions. #}
{% macro uuid_of(parts) -%}
    {%- set hash = 'lower(hex(sipHash128Keyed(' ~ sluice.identity_hash_key() ~ ', ' ~ parts | join(', ') ~ ')))' -%}
    toUUID(concat(
        substring({{ hash }}, 1, 8), '-', substring({{ hash }}, 9, 4), '-8', substring({{ hash }}, 14, 3), '-a', substring({{ hash }}, 18, 3),
        '-', substring({{ hash }}, 21, 12)
    ))
{%- endmacro %}
