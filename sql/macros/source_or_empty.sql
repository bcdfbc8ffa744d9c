{#
    The named columns of a raw table, in that order. A table that was never loaded gives no rows, so that a newcomer who has only web events can
    build. A table that is there must have the columns: were one taken for empty, renaming it in an export would empty the profiles, and nothing
    would say so. The model fails instead, and with it what is built from it; the last good tables stay.

    columns    { name: type to take when the column or the table is missing }; a name as it stands in the table: `Order No` too
    where      text that follows the table's name, such as `final` or `where …`
    optional   names among `columns` that some exports do not have: missing, they are NULL
#}
{% macro source_or_empty(source_name, table_name, columns, where='', optional=[]) -%}
    {%- set declared = source(source_name, table_name) -%}
    {%- set loaded = adapter.get_relation(declared.database, declared.schema, declared.identifier) if execute else none -%}
    {%- set present = adapter.get_columns_in_relation(loaded) | map(attribute='name') | list if loaded else [] -%}
    {%- if loaded -%}
        {%- do sluice.require_columns(declared, present, columns.keys() | list, optional) -%}
    {%- elif execute -%}
        {%- do sluice.require_never_loaded(declared) -%}
    {%- endif -%}
    select
        {%- for name, type in columns.items() %}
        {% if name in present -%}
        {{ sluice.sql_name(name) }}
        {%- elif loaded -%}
        cast(null, {{ sluice.sql_text('Nullable(' ~ type ~ ')') }}) as {{ sluice.sql_name(name) }}
        {%- else -%}
        defaultValueOfTypeName({{ sluice.sql_text(type) }}) as {{ sluice.sql_name(name) }}
        {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if loaded %}
    from {{ declared }} {{ where }}
    {%- else %}
    from system.one
    where 0
    {%- endif %}
{%- endmacro %}

{#
    Fails the model for each of `wanted` that the table lacks, with the nearest name among those that the model does not ask for. An optional
    one may be missing, but not be there under a name that differs in case or punctuation only.
#}
{% macro require_columns(relation, present, wanted, optional) -%}
    {%- for name in optional if name not in wanted -%}
        {%- do exceptions.raise_compiler_error("optional=['" ~ name ~ "'] is not among the columns of this source_or_empty") -%}
    {%- endfor -%}
    {%- set others = present | reject('in', wanted) | reject('in', ['_load_id', '_loaded_at']) | list -%}
    {%- set problems = [] -%}
    {%- for name in wanted if name not in present -%}
        {%- set near = namespace(name=none) -%}
        {%- for other in others if sluice.column_letters(other) == sluice.column_letters(name) -%}
            {%- set near.name = other -%}
        {%- endfor -%}
        {%- if name not in optional or near.name -%}
            {%- if others and not near.name -%}
                {%- set near.name = sluice.nearest_column(relation, name, wanted) -%}
            {%- endif -%}
            {%- do problems.append(
                relation.schema ~ '.' ~ relation.identifier ~ ' has no column ' ~ name
                ~ ('; the nearest one there is ' ~ near.name if near.name else '; it has none that this model does not read')
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if problems -%}
        {%- do exceptions.raise_compiler_error(
            problems | join('. ') ~ '. Load the table with the column, or change its name in the model; for a column that some exports lack, '
            ~ "add optional=['its name'] to source_or_empty. The tables built from it stay as they are."
        ) -%}
    {%- endif -%}
{%- endmacro %}

{# What is left of a name without case and punctuation: `E-Mail` and `e_mail` are one. #}
{% macro column_letters(name) -%}
    {{ return(modules.re.sub('[\\W_]', '', name) | lower) }}
{%- endmacro %}

{# Of the columns of `relation` that are not among `wanted`, the one that takes the fewest edits. #}
{% macro nearest_column(relation, name, wanted) -%}
    {%- set found = run_query(
        'select name from system.columns where database = ' ~ sluice.sql_text(relation.schema) ~ ' and table = ' ~ sluice.sql_text(relation.identifier)
        ~ ' and name not in (' ~ sluice.sql_texts(['_load_id', '_loaded_at'] + wanted) ~ ')'
        ~ ' order by editDistanceUTF8(toValidUTF8(lower(name)), ' ~ sluice.sql_text(sluice.column_letters(name)) ~ ') limit 1'
    ) -%}
    {{ return(found.rows[0][0] if found.rows else none) }}
{%- endmacro %}

{# A raw table that loads have filled and that is gone was lost: only `sluice tables drop` makes it one that was never loaded. #}
{% macro require_never_loaded(relation) -%}
    {%- set prefix = env_var('SLUICE_DATABASE_PREFIX', 'sluice') -%}
    {%- set drops = adapter.get_relation(none, prefix ~ '_audit', 'table_drops') if relation.schema == prefix ~ '_raw' else none -%}
    {%- if drops -%}
        {%- set is_this = "concat(source, '__', table_name) = " ~ sluice.sql_text(relation.identifier) -%}
        {%- set found = run_query(
            'select count() from ' ~ prefix ~ '_audit.loads where ' ~ is_this ~ ' and rows_loaded > 0'
            ~ ' and finished_at > (select max(dropped_at) from ' ~ drops ~ ' where ' ~ is_this ~ ')'
        ) -%}
        {%- if found.rows[0][0] | int > 0 -%}
            {%- do exceptions.raise_compiler_error(
                relation.schema ~ '.' ~ relation.identifier ~ ' was loaded once and does not exist any more. Load it again; if it was dropped on purpose, run '
                ~ '`sluice tables drop ' ~ relation.identifier.split('__')[0] ~ ' ' ~ relation.identifier.split('__')[1] ~ ' --confirm`. The tables built from it stay as they are.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
