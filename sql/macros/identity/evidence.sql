{#
    The materialization of an evidence log: the model's SQL gives rows of evidence, and the model is a view over the rows that count (see
    evidence_log.sql for its tables and evidence_shape for its columns).
#}
{% materialization identity_evidence, adapter='clickhouse' %}

    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set shape = evidence_shape(this.identifier) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}

    {%- do create_log_table(this, 'base', shape) -%}
    {%- do create_log_table(this, 'delta', shape) -%}
    {%- do rewrite_evidence(this, shape, next_evidence_version(this), sql) -%}

    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if existing_relation is not none and not existing_relation.is_view -%}
        {#- the table that an earlier release kept here -#}
        {%- do run_query('drop table if exists ' ~ this) -%}
    {%- endif -%}
    {% call statement('main') -%}
        create or replace view {{ target_relation }} as {{ current_evidence(this, shape) }}
    {%- endcall %}
    {%- do persist_docs(target_relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

{# Milliseconds since 1970, and always more than any version before. #}
{% macro next_evidence_version(relation) -%}
    {{ return(run_query(
        'select toString(greatest(toUInt64(toUnixTimestamp64Milli(now64(3))), 1 + (select max(version) from ' ~ log_table(relation, 'base') ~ '), 1 + (select max(version) from '
        ~ log_table(relation, 'delta') ~ ')))'
    ).rows[0][0] | int) }}
{%- endmacro %}

{#
    Writes base anew from `rows`, aside, and swaps it in. The delta is emptied after the swap, and only then: between the two it says what
    the new base says, or it stands for keys that the next build compares again.
#}
{% macro rewrite_evidence(relation, shape, version, rows) -%}
    {%- set aside = log_table(relation, 'base__dbt_tmp') -%}
    {%- do run_query('drop table if exists ' ~ aside) -%}
    {%- do create_log_table(relation, 'base__dbt_tmp', shape) -%}
    {%- do run_query('insert into ' ~ aside ~ ' ' ~ aggregated_evidence(shape, rows, version)) -%}
    {%- do run_query('exchange tables ' ~ aside ~ ' and ' ~ log_table(relation, 'base')) -%}
    {%- do run_query('truncate table ' ~ log_table(relation, 'delta')) -%}
    {%- do run_query('drop table if exists ' ~ aside) -%}
{%- endmacro %}

{# Rows of evidence, as SQL, with one row per key and place. #}
{% macro aggregated_evidence(shape, rows, version) -%}
    {%- set columns = [] -%}
    {%- for name in shape.key -%}{%- do columns.append(name) -%}{%- endfor -%}
    {%- for name in shape.about -%}{%- do columns.append('any(' ~ name ~ ')') -%}{%- endfor -%}
    {%- for name in shape.place -%}{%- do columns.append(name) -%}{%- endfor -%}
    {%- for fact in shape.facts.values() -%}{%- do columns.append(fact[1]) -%}{%- endfor -%}
select {{ columns | join(', ') }}, {{ version }}
from ({{ rows }})
group by {{ shape.key.keys() | join(', ') }}, {{ shape.place.keys() | join(', ') }}
{%- endmacro %}
