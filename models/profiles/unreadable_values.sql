-- Grain: one row per source, table and column whose values are read as numbers, money or times. Key: (source, table_name, column_name).
-- Freshness: each build. How many of a column's values could not be read and are therefore unknown (docs/source-formats.md says how to declare
-- the format of a source). Counts only: what was written stays in the raw table. A new staging model with `readings` gets a line here.
{{ config(order_by='(source, table_name, column_name)') }}
{%- set tables = [
    ('pos', 'transactions', 'stg_pos__transactions'),
    ('pos', 'coupon_redemptions', 'stg_pos__coupon_redemptions'),
    ('pos', 'campaign_descriptions', 'stg_pos__campaign_sends'),
    ('crm', 'customers', 'stg_crm__customers'),
    ('crm', 'accounts', 'stg_crm__accounts'),
    ('crm', 'contacts', 'stg_crm__contacts'),
] %}
with

counted as (
    {%- for source, table, model in tables %}

    select
        '{{ source }}' as source,
        '{{ table }}' as table_name,
        any(readings.columns) as columns,
        sumForEach(readings.given) as given,
        sumForEach(readings.unreadable) as unreadable
    from {{ ref(model) }}

    union all
    {%- endfor %}

    select
        source,
        'events',
        any(readings.columns),
        sumForEach(readings.given),
        sumForEach(readings.unreadable)
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
