{#
    The tables of an evidence log. A log holds what sources showed, one row per key (a pair of identifiers, or one identifier), place where it
    was seen and slice of arrival:

        <model>__base    most of it, sorted by the key
        <model>__delta   keys that changed since base was written: all rows of the key as they are now, or one row with seen_count 0 when
                         nothing is left of it

    Of a key that is in the delta, its rows of the greatest version count, and none of the base. A version is the millisecond, since 1970, of
    the build that wrote the rows; versions strictly grow.
#}

{#
    What a log is made of: `key`; `about`, columns that the key decides; `place`, what makes two rows of a key differ; `facts`, how each
    measured column of several rows becomes one.
#}
{% macro evidence_shape(name) -%}
    {%- set at = "Nullable(DateTime64(3, 'UTC'))" -%}
    {%- set word = 'LowCardinality(String)' -%}
    {%- set shapes = {
        'identity_edges': {
            'key': {'a': 'UInt64', 'b': 'UInt64'},
            'about': {'entity': word, 'type_a': 'UInt8', 'type_b': 'UInt8'},
            'place': {'rule': word, 'rule_priority': 'UInt8', 'observed_in': word, 'source': word, 'slice': 'UInt32'},
            'facts': {
                'first_seen_at': [at, 'min(first_seen_at)'],
                'last_seen_at': [at, 'max(last_seen_at)'],
                'seen_count': ['UInt64', 'sum(seen_count)'],
                'score': ['Float32', 'max(score)']
            }
        },
        'identity_appearances': {
            'key': {'node': 'UInt64'},
            'about': {'entity': word, 'identifier_type': word, 'identifier_value': 'String', 'block_reason': word},
            'place': {'observed_in': word, 'source': word, 'slice': 'UInt32'},
            'facts': {
                'spelling': ['String', 'argMax(spelling, (ifNull(last_seen_at, toDateTime64(0, 3)), spelling))'],
                'first_seen_at': [at, 'min(first_seen_at)'],
                'last_seen_at': [at, 'max(last_seen_at)'],
                'seen_count': ['UInt64', 'sum(seen_count)']
            }
        }
    } -%}
    {{ return(shapes[name]) }}
{%- endmacro %}

{# { name: type } of a log's tables, in their order. #}
{% macro evidence_columns(shape) -%}
    {%- set columns = {} -%}
    {%- do columns.update(shape.key) -%}
    {%- do columns.update(shape.about) -%}
    {%- do columns.update(shape.place) -%}
    {%- for name, fact in shape.facts.items() -%}{%- do columns.update({name: fact[0]}) -%}{%- endfor -%}
    {%- do columns.update({'version': 'UInt64'}) -%}
    {{ return(columns) }}
{%- endmacro %}

{# 'node', or '(a, b)'. #}
{% macro key_of(shape) -%}
    {{ return(shape.key.keys() | first if shape.key | length == 1 else '(' ~ shape.key.keys() | join(', ') ~ ')') }}
{%- endmacro %}

{# A table of the log of `relation`: base and delta last, names with `__dbt_tmp` are droppable when a build was killed. #}
{% macro log_table(relation, part) -%}
    {{ return(relation.schema ~ '.' ~ relation.identifier ~ '__' ~ part) }}
{%- endmacro %}

{% macro create_log_table(relation, part, shape) -%}
    {%- set columns = [] -%}
    {%- for name, type in evidence_columns(shape).items() -%}{%- do columns.append(name ~ ' ' ~ type) -%}{%- endfor -%}
    {%- do run_query('create table if not exists ' ~ log_table(relation, part) ~ ' (' ~ columns | join(', ') ~ ') ' ~ engine_clause() ~ ' order by ' ~ key_of(shape)) -%}
{%- endmacro %}

{# The rows that count, as SQL. #}
{% macro current_evidence(relation, shape) -%}
    {%- set key = key_of(shape) -%}
    {%- set base = log_table(relation, 'base') -%}
    {%- set delta = log_table(relation, 'delta') -%}
    {%- set columns = evidence_columns(shape).keys() | join(', ') -%}
select {{ columns }}
from {{ base }}
where {{ key }} not in (select {{ shape.key.keys() | join(', ') }} from {{ delta }})
union all
select {{ columns }}
from {{ delta }}
where seen_count > 0
    and ({{ shape.key.keys() | join(', ') }}, version) in (
        select {{ shape.key.keys() | join(', ') }}, max(version)
        from {{ delta }}
        group by {{ shape.key.keys() | join(', ') }}
    )
{%- endmacro %}
