{# How models read the graph and its logs. #}

{#
    The profile id (UUID version 8, the one for private schemes) of a canonical id, and nothing else's: all 64 bits of the number are in it,
    48 of them in front, so that ids that are near in one order are near in the other.
#}
{% macro profile_id_of(canonical_id) -%}
    {%- set front = 'bitOr(bitOr(bitShiftLeft(bitShiftRight({0}, 16), 16), toUInt64(32768)), bitAnd(bitShiftRight({0}, 4), toUInt64(4095)))'.format(canonical_id) -%}
    {%- set back = 'bitOr(bitOr(toUInt64(9223372036854775808), bitShiftLeft(bitAnd({0}, toUInt64(15)), 58)), bitShiftRight(intHash64({0}), 6))'.format(canonical_id) -%}
    reinterpret(bitOr(bitShiftLeft(toUInt128({{ back }}), 64), toUInt128({{ front }})), 'UUID')
{%- endmacro %}

{# The canonical id in a profile id; another number for a UUID that is none. #}
{% macro canonical_id_of(profile_id) -%}
    {%- set whole = 'reinterpret({0}, \'UInt128\')'.format(profile_id) -%}
    {%- set front = 'toUInt64(bitAnd({0}, toUInt128(18446744073709551615)))'.format(whole) -%}
    {%- set back = 'toUInt64(bitShiftRight({0}, 64))'.format(whole) -%}
    bitOr(bitOr(bitShiftLeft(bitShiftRight({{ front }}, 16), 16), bitShiftLeft(bitAnd({{ front }}, toUInt64(4095)), 4)), bitAnd(bitShiftRight({{ back }}, 58), toUInt64(15)))
{%- endmacro %}

{# A log of the graph, and the condition that its rows were committed: a build that was killed may have left others. #}
{% macro graph_log(name) -%}
    {{ ref('identity_graph').schema }}.identity_graph__{{ name }}
{%- endmacro %}
{% macro is_committed() -%}
    version <= (select max(version) from {{ ref('identity_graph') }} where node = 0)
{%- endmacro %}
