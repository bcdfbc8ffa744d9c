-- Grain: one row per order that a model of the project declares. Key: order_id. Freshness: each build.
-- Which models, and which of their columns is what, follows from their yml (sql/macros/declared_orders.sql). `node` says whose it is: 0 where the row
-- names nobody.
-- depends_on: {{ ref('identity_unlinked') }}
{{ references_of_reads() }}
{{ config(order_by='order_id') }}
{%- set models = models_that_say(['orders']) %}
{%- do assert_built_after(models) %}
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
