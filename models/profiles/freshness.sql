-- Grain: one row per published table. Key: table_name. Freshness: live view over the tables and over the record of builds.
-- How old the numbers are, and whether the last build of a table failed: then its last good rows are the ones that are there.
-- A published model takes part by naming its newest moment in its yml (meta.sluice.freshness).
{{ config(materialized='view', sql_security='definer', definer=target.user) }}
{%- set published = ['account_members', 'accounts', 'events', 'guest_orders', 'orders', 'profile_identifiers', 'profile_revenue', 'profile_traits', 'profiles',
    'unreadable_values'] %}
{%- for name in published %}
-- depends_on: {{ ref(name) }}
{%- endfor %}
with

tables as (
    {%- for name in published %}

    select
        '{{ name }}' as table_name,
        max(published.computed_at) as computed_at,
        max(toNullable(published.{{ freshness_column(name) }})) as newest_event_at,
        count() as row_count
    from {{ ref(name) }} as published
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

builds as (

    {{ source_or_empty('audit', 'dbt_run_models', {
        'table_name': 'String',
        'database_name': 'String',
        'started_at': "DateTime64(3, \\'UTC\\')",
        'status': 'String',
        'run_id': 'UUID',
    }) }}

),

last_builds as (

    select
        table_name,
        argMax(status, started_at) as status,
        argMax(toString(run_id), started_at) as run_id
    from builds
    where database_name = '{{ database_prefix() }}'
    group by table_name

)

select
    tables.table_name as table_name,
    if(tables.row_count = 0, null, tables.computed_at) as computed_at,
    tables.newest_event_at as newest_event_at,
    tables.row_count as row_count,
    -- a build of the plain dbt CLI leaves no record
    cast(if(last_builds.status = '', 'unknown', last_builds.status), 'LowCardinality(String)') as status,
    last_builds.run_id as run_id
from tables
left join last_builds on last_builds.table_name = tables.table_name
