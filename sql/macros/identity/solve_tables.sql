{# The tables that one solve works in, and those that it leaves. #}

{# A working table, or the select that stands for it; `__dbt_tmp` marks a table as droppable when a build was killed. #}
{% macro solve_table(name) -%}
    {{ return(sluice.solve_state().selects.get(name) or this.schema ~ '.' ~ this.identifier ~ '__dbt_tmp_' ~ name) }}
{%- endmacro %}

{# A part of the state that lasts between builds. #}
{% macro graph_table(name) -%}
    {{ return(this.schema ~ '.' ~ this.identifier ~ '__' ~ name) }}
{%- endmacro %}

{#
    What one solve remembers, a dict of its own: { in_memory, never, unused, selects, empty }. dbt has no place for it but the node that it is
    running, which every macro sees and which is made anew for each run.
#}
{% macro solve_state() -%}
    {{ return(model.setdefault('solve_state', {'selects': {}, 'empty': {}})) }}
{%- endmacro %}

{#
    A working table made anew. `types` fixes the columns, by position, whatever the select would infer. The many small tables of an incremental
    solve are kept in memory: sorting, compressing and writing one costs more than reading it twice.
#}
{% macro make_solve_table(name, types, key, select, settings='') -%}
    {%- set engine = 'engine = Memory' if sluice.solve_state().in_memory else sluice.engine_clause() ~ ' order by ' ~ key -%}
    {%- do sluice.solve_state().selects.pop(name, none) -%}
    {%- do sluice.solve_state().empty.pop(name, none) -%}
    {%- do run_query('create or replace table ' ~ sluice.solve_table(name) ~ ' ' ~ types ~ ' ' ~ engine ~ ' as ' ~ select ~ sluice.settings_of_solve(settings)) -%}
{%- endmacro %}

{#
    The end of a statement that writes what it selects: with `settings` of its own and several writers, which sort and compress side by side. With one, the
    other cores would wait for it: a fifth of a full solve.
#}
{% macro settings_of_solve(settings='') -%}
    {{ return(' settings max_insert_threads = 4' ~ (', ' ~ settings if settings else '')) }}
{%- endmacro %}

{# A select under the name of a working table: for what is read once, or cheap to read again. A statement costs more than many a row. #}
{% macro name_solve_select(name, select) -%}
    {%- do sluice.solve_state().selects.update({name: '(' ~ select ~ ')'}) -%}
    {%- do sluice.solve_state().empty.pop(name, none) -%}
{%- endmacro %}

{# A working table without rows, which nobody has to ask the server about. `types`: as for make_solve_table, without commas inside a type. #}
{% macro leave_solve_table_empty(name, types) -%}
    {%- set columns = [] -%}
    {%- for column in types[1:-1].split(', ') -%}
        {%- do columns.append("defaultValueOfTypeName('" ~ column.split(' ')[1] ~ "') as " ~ column.split(' ')[0]) -%}
    {%- endfor -%}
    {%- do sluice.name_solve_select(name, 'select ' ~ columns | join(', ') ~ ' where 0') -%}
    {%- do sluice.solve_state().empty.update({name: true}) -%}
{%- endmacro %}

{#
    Setting of a statement that looks rows up in a large set: ClickHouse would sort the set and search the index of the table for each of its
    values, which finds every part of the table anyway and takes longer than reading it.
#}
{% macro without_index() -%}
    {{ return('use_index_for_in_with_subqueries = 0') }}
{%- endmacro %}

{% macro is_left_empty(name) -%}{{ return(name in sluice.solve_state().empty) }}{%- endmacro %}

{# How many rows working tables have: a number for each name. #}
{% macro solve_counts(names) -%}
    {%- set counts = [] -%}
    {%- for name in names -%}{%- do counts.append('(select count() from ' ~ sluice.solve_table(name) ~ ')') -%}{%- endfor -%}
    {{ return(run_query('select ' ~ counts | join(', ')).rows[0].values() | map('int') | list) }}
{%- endmacro %}

{% macro solve_count(name) -%}
    {{ return(0 if sluice.is_left_empty(name) else sluice.solve_counts([name])[0]) }}
{%- endmacro %}

{# All tables of the graph, as { part of the name behind the model's: definition of the view, '' of a table }; '' is the model itself. #}
{% macro tables_of_graph() -%}
    {%- set found = {} -%}
    {%- for row in run_query("select name, as_select from system.tables where database = '" ~ this.schema ~ "' and (name = '" ~ this.identifier ~ "' or startsWith(name, '"
        ~ this.identifier ~ "__'))").rows -%}
        {%- do found.update({row[0][this.identifier | length:]: row[1] or ''}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# Drops the working tables of this solve, or of one that died. `tables`: as tables_of_graph found them. #}
{% macro drop_solve_tables(tables) -%}
    {%- set dropped = [] -%}
    {%- for name in tables if name.startswith('__dbt_tmp_') -%}{%- do dropped.append(this.schema ~ '.' ~ this.identifier ~ name) -%}{%- endfor -%}
    {%- if dropped -%}
        {%- do run_query('drop table if exists ' ~ dropped | join(', ')) -%}
    {%- endif -%}
{%- endmacro %}
