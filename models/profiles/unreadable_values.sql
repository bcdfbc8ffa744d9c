-- Grain: one row per source, table and column whose values are read as numbers, money or times. Key: (source, table_name, column_name).
-- Freshness: each build. How many of a column's values could not be read and are therefore unknown (docs/source-formats.md says how to declare
-- the format of a source). Counts only: what was written stays in the raw table. Every model with a column that says `readings: <source>.<table>` is
-- counted (sql/macros/source_formats.sql).
{{ references_of_reads() }}
{{ config(order_by='(source, table_name, column_name)') }}
{%- set tables = declared_readings() %}
{%- do assert_built_after(tables | map(attribute='model') | list) %}
with

counted as (
    {%- for table in tables %}

    select
        {{ sql_text(table.source) }} as source,
        {{ sql_text(table.table) }} as table_name,
        any({{ table.column }}.columns) as columns,
        sumForEach({{ table.column }}.given) as given,
        sumForEach({{ table.column }}.unreadable) as unreadable
    from {{ relation_of(table.model) }}

    union all
    {%- endfor %}

    select
        source,
        'events' as table_name,
        any(readings.columns) as columns,
        sumForEach(readings.given) as given,
        sumForEach(readings.unreadable) as unreadable
    from {{ ref('resolved_order_reports') }}
    group by source

)

select
    cast(source, 'LowCardinality(String)') as source,
    cast(table_name, 'LowCardinality(String)') as table_name,
    cast(column_name, 'LowCardinality(String)') as column_name,
    toUInt64(values_given) as value_count,
    toUInt64(values_unreadable) as unreadable_count,
    if(values_given = 0, 0., values_unreadable / values_given) as unreadable_share,
    now64(3, 'UTC') as computed_at
from counted
array join
    columns as column_name,
    given as values_given,
    unreadable as values_unreadable
