-- Grain: one row per order that a model of the project declares and that belongs to a profile. Key: order_id. Freshness: each build.
-- Which models, and which of their columns is what, follows from their yml (sql/macros/declared_orders.sql).
-- depends_on: {{ ref('identity_unlinked') }}
{{ references_of_reads() }}
{{ config(order_by='order_id') }}
{%- set models = models_that_say(['orders']) %}
{%- do assert_built_after(models) %}
with

declared as (

    select
        toUInt64(0) as node,
        '' as source,
        '' as order_id,
        '' as channel,
        '' as location_id,
        cast(null, 'Nullable(DateTime64(3, \'UTC\'))') as ordered_at,
        '' as status,
        false as is_cancelled,
        cast(null, 'Nullable(Decimal(18, 2))') as gross_amount,
        cast(null, 'Nullable(Decimal(18, 2))') as refunded_amount,
        cast(null, 'Nullable(Decimal(18, 2))') as amount,
        cast(null, 'Nullable(Decimal(18, 2))') as discount_amount,
        '' as currency_code
    where false
    {%- for name in models %}
    union all
    {{ orders_of(name) }}
    {%- endfor %}

)

select
    declared.order_id as order_id,
    map.profile_id as profile_id,
    cast(declared.source, 'LowCardinality(String)') as source,
    cast(declared.channel, 'LowCardinality(String)') as channel,
    declared.location_id as location_id,
    declared.ordered_at as ordered_at,
    cast(declared.status, 'LowCardinality(String)') as status,
    toBool(declared.is_cancelled) as is_cancelled,
    declared.gross_amount as gross_amount,
    declared.refunded_amount as refunded_amount,
    declared.amount as amount,
    declared.discount_amount as discount_amount,
    cast(declared.currency_code, 'LowCardinality(String)') as currency_code
from declared
inner join {{ ref('identity_map') }} as map on map.node = declared.node
