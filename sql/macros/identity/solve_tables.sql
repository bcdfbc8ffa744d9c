{# The tables that one solve works in, and those that it leaves. #}

{# `__dbt_tmp` marks a table as droppable when a build was killed. #}
{% macro solve_table(name) -%}
    {{ return(this.schema ~ '.' ~ this.identifier ~ '__dbt_tmp_' ~ name) }}
{%- endmacro %}

{# A part of the state that lasts between builds. #}
{% macro graph_table(name) -%}
    {{ return(this.schema ~ '.' ~ this.identifier ~ '__' ~ name) }}
{%- endmacro %}

{#
    What one solve remembers, a dict of its own: { in_memory, never, unused }. dbt has no place for it but the node that it is running, which
    every macro sees and which is made anew for each run.
#}
{% macro solve_state() -%}
    {{ return(model.setdefault('solve_state', {})) }}
{%- endmacro %}

{#
    A working table made anew. `types` fixes the columns, by position, whatever the select would infer. The many small tables of an incremental
    solve are kept in memory: sorting, compressing and writing one costs more than reading it twice.
#}
{% macro make_solve_table(name, types, key, select) -%}
    {%- set engine = 'engine = Memory' if solve_state().in_memory else engine_clause() ~ ' order by ' ~ key -%}
    {%- do run_query('create or replace table ' ~ solve_table(name) ~ ' ' ~ types ~ ' ' ~ engine ~ ' as ' ~ select) -%}
{%- endmacro %}

{#
    For the end of a statement that looks rows up in a large set: ClickHouse would sort the set and search the index of the table for each of its
    values, which finds every part of the table anyway and takes longer than reading it.
#}
{% macro without_index() -%}
    {{ return(' settings use_index_for_in_with_subqueries = 0') }}
{%- endmacro %}

{# How many rows a working table has. #}
{% macro solve_count(name) -%}
    {{ return(run_query('select count() from ' ~ solve_table(name)).rows[0][0] | int) }}
{%- endmacro %}

{# Drops the working tables of this solve and of one that died. #}
{% macro drop_solve_tables() -%}
    {%- set found = run_query(
        "select name from system.tables where database = '" ~ this.schema ~ "' and startsWith(name, '" ~ this.identifier ~ "__dbt_tmp_')"
    ) -%}
    {%- if found.rows -%}
        {%- set tables = [] -%}
        {%- for row in found.rows -%}{%- do tables.append(this.schema ~ '.' ~ row[0]) -%}{%- endfor -%}
        {%- do run_query('drop table if exists ' ~ tables | join(', ')) -%}
    {%- endif -%}
{%- endmacro %}
