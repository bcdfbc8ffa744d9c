{# The tables that one solve works in, and those that it leaves. #}

{# `__dbt_tmp` marks a table as droppable when a build was killed. #}
{% macro solve_table(name) -%}
    {{ return(this.schema ~ '.' ~ this.identifier ~ '__dbt_tmp_' ~ name) }}
{%- endmacro %}

{# A part of the state that lasts between builds. #}
{% macro graph_table(name) -%}
    {{ return(this.schema ~ '.' ~ this.identifier ~ '__' ~ name) }}
{%- endmacro %}

{# A working table made anew. `types` fixes the columns, by position, whatever the select would infer. #}
{% macro make_solve_table(name, types, key, select) -%}
    {%- do run_query('create or replace table ' ~ solve_table(name) ~ ' ' ~ types ~ ' ' ~ engine_clause() ~ ' order by ' ~ key ~ ' as ' ~ select) -%}
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
