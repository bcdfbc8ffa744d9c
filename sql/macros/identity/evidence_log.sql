{#
    The tables of an evidence log. A log holds what sources showed, one row per key (a pair of identifiers, or one identifier), place where it
    was seen and slice of arrival:

        <model>__base    most of it, sorted by the key
        <model>__delta   keys that changed since base was written: all rows of the key as they are now, or one row with seen_count 0 when
                         nothing is left of it

        <model>__read    what has been read of each source (evidence_reading.sql)

    Of a key that is in the delta, its rows of the greatest version count, and none of the base. A version is the millisecond, since 1970, of
    the build that wrote the rows; versions strictly grow.
#}

{#
    What a log is made of: `key`; `nodes`, the columns of the key that are identifiers; `about`, columns that the key decides; `place`, what makes
    two rows of a key differ; `facts`, how each measured column of several rows becomes one.

    Edges change by pair, since the graph wants all that is known of a pair that changed. Appearances change row by row, since nobody asks which
    identifiers changed: so what was known of an identifier before is not even read.
#}
{% macro evidence_shape(name) -%}
    {%- set at = "Nullable(DateTime64(3, 'UTC'))" -%}
    {%- set word = 'LowCardinality(String)' -%}
    {%- set shapes = {
        'identity_edges': {
            'key': {'a': 'UInt64', 'b': 'UInt64'},
            'nodes': ['a', 'b'],
            'about': {'entity': word, 'type_a': 'UInt8', 'type_b': 'UInt8'},
            'place': {'rule': word, 'rule_priority': 'UInt8', 'observed_in': word, 'source': word, 'slice': 'UInt32'},
            'facts': {
                'first_seen_at': [at, 'min(evidence.first_seen_at)'],
                'last_seen_at': [at, 'max(evidence.last_seen_at)'],
                'seen_count': ['UInt64', 'sum(evidence.seen_count)'],
                'score': ['Float32', 'max(evidence.score)']
            }
        },
        'identity_appearances': {
            'key': {'node': 'UInt64', 'observed_in': word, 'source': word, 'slice': 'UInt32'},
            'nodes': ['node'],
            'about': {'entity': word, 'identifier_type': word, 'identifier_value': 'String', 'block_reason': word},
            'place': {},
            'facts': {
                'spelling': ['String', 'argMax(evidence.spelling, (ifNull(evidence.last_seen_at, toDateTime64(0, 3, \'UTC\')), evidence.spelling))'],
                'first_seen_at': [at, 'min(evidence.first_seen_at)'],
                'last_seen_at': [at, 'max(evidence.last_seen_at)'],
                'seen_count': ['UInt64', 'sum(evidence.seen_count)']
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

{# '(a, b)'. #}
{% macro key_of(shape) -%}
    {{ return('(' ~ shape.key.keys() | join(', ') ~ ')') }}
{%- endmacro %}

{# A table of the log of `relation`: base and delta last, names with `__dbt_tmp` are droppable when a build was killed. #}
{% macro log_table(relation, part) -%}
    {{ return(relation.schema ~ '.' ~ relation.identifier ~ '__' ~ part) }}
{%- endmacro %}

{#
    Base keeps rows that may be read again apart from the others: of a part that has none, no wide column is read to find them. The delta has no
    partitions, so that one statement attaches to it.
#}
{% macro create_log_table(relation, part, shape) -%}
    {%- set columns = [] -%}
    {%- for name, type in sluice.evidence_columns(shape).items() -%}
        {#- as the model's yml describes them -#}
        {%- set described = model.columns.get(name, {}).get('description') or 'Version of the evidence that wrote the row, in milliseconds since 1970' -%}
        {%- do columns.append(name ~ ' ' ~ type ~ ' comment ' ~ sluice.sql_text(described)) -%}
    {%- endfor -%}
    {%- set create = 'create or replace table ' if part.startswith('_dbt_tmp_') else 'create table if not exists ' -%}
    {%- do run_query(create ~ sluice.log_table(relation, part) ~ ' (' ~ columns | join(', ') ~ ') ' ~ sluice.engine_clause()
        ~ (' partition by slice > 0' if part in ['base', '_dbt_tmp_base']) ~ ' order by ' ~ sluice.key_of(shape) ~ ' comment ' ~ sluice.sql_text('Rows of the evidence behind ' ~ relation.identifier)) -%}
{%- endmacro %}

{% macro create_log_tables(relation, shape) -%}
    {%- do sluice.create_log_table(relation, 'base', shape) -%}
    {%- do sluice.create_log_table(relation, 'delta', shape) -%}
    {%- do run_query('create table if not exists ' ~ sluice.log_table(relation, 'read') ~ ' ' ~ sluice.commented_columns([
        ['observed_in', 'String', 'Staging model that was read'],
        ['newest_slice', 'UInt32', 'Newest slice that was read, in hours since 1970'],
        ['digest', 'UInt64', 'Of the rows that were read, to see whether they changed'],
        ['fingerprint', 'String', 'Of the rules that they were read by'],
        ['version', 'UInt64', 'Version of the evidence'],
        ['written_at', 'DateTime64(6)', 'When it was written down, in UTC'],
    ]) ~ ' ' ~ sluice.engine_clause() ~ " order by (version, written_at) comment 'How far each staging model has been read'") -%}
{%- endmacro %}

{# A working table; what a build that was killed has left of it is gone. #}
{% macro create_working_table(relation, name, shape) -%}
    {%- do sluice.create_log_table(relation, '_dbt_tmp_' ~ name, shape) -%}
    {{ return(sluice.log_table(relation, '_dbt_tmp_' ~ name)) }}
{%- endmacro %}

{# A working table of keys alone. #}
{% macro create_key_table(relation, name, shape, select) -%}
    {%- set table = sluice.log_table(relation, '_dbt_tmp_' ~ name) -%}
    {%- do run_query('create or replace table ' ~ table ~ ' ' ~ sluice.engine_clause() ~ ' order by ' ~ sluice.key_of(shape) ~ ' as ' ~ select) -%}
    {{ return(table) }}
{%- endmacro %}

{% macro drop_working_tables(relation) -%}
    {%- set tables = [] -%}
    {%- for name in ['fresh', 'touched', 'replaced', 'changed', 'kept', 'changes', 'base'] -%}
        {%- do tables.append(sluice.log_table(relation, '_dbt_tmp_' ~ name)) -%}
    {%- endfor -%}
    {%- do run_query('drop table if exists ' ~ tables | join(', ')) -%}
{%- endmacro %}

{# Rows of evidence, as SQL, with one row per key and place, their slices folded where `slice` says so. #}
{% macro aggregated_evidence(shape, rows, version, slice='slice') -%}
    {%- set keys = shape.key.keys() | list + shape.place.keys() | list -%}
    {%- set columns = [] -%}
    {%- for name in sluice.evidence_columns(shape) if name != 'version' -%}
        {%- if name == 'slice' -%}{%- do columns.append('folded as slice') -%}
        {%- elif name in keys -%}{%- do columns.append(name) -%}
        {%- elif name in shape.about -%}{%- do columns.append('any(evidence.' ~ name ~ ') as ' ~ name) -%}
        {%- else -%}{%- do columns.append(shape.facts[name][1] ~ ' as ' ~ name) -%}
        {%- endif -%}
    {%- endfor -%}
select {{ columns | join(', ') }}, toUInt64({{ version }}) as version
from (select *, {{ slice }} as folded from ({{ rows }})) as evidence
group by {{ keys | reject('equalto', 'slice') | join(', ') }}, folded
{%- endmacro %}

{# The rows that count, as SQL. `among`: a condition on the key, for the rows of some keys; `which`: a condition on rows, for some of them. #}
{% macro current_evidence(relation, shape, among='1', which='1') -%}
    {%- set key = shape.key.keys() | join(', ') -%}
    {%- set columns = sluice.evidence_columns(shape).keys() | join(', ') -%}
    {%- set base = sluice.log_table(relation, 'base') -%}
    {%- set delta = sluice.log_table(relation, 'delta') -%}
select {{ columns }}
from {{ base }}
where {{ which }} and {{ among }}
    {#- most keys are settled by the first number of the key, which is cheap to look up #}
    and ({{ shape.nodes[0] }} not in (select {{ shape.nodes[0] }} from {{ delta }} where {{ among }}) or {{ sluice.key_of(shape) }} not in (select {{ key }} from {{ delta }} where {{ among }}))
union all
select {{ columns }}
from {{ delta }}
where {{ which }} and {{ among }} and seen_count > 0
    and ({{ key }}, version) in (select {{ key }}, max(version) from {{ delta }} where {{ among }} group by {{ key }})
{%- endmacro %}
