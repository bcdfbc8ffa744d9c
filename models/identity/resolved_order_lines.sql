-- Grain: one row per line of an order that belongs to a profile. Key: none; an order may list a product twice.
-- Freshness: each build. Lines that models of the project declare and products of 'Order Completed' events, in one shape. What was cancelled was never
-- bought, and has no lines.
{{ references_of_reads() }}
{{ config(order_by='(profile_id, order_id)') }}
{%- set models = models_that_say(['order_lines']) %}
{%- do assert_built_after(models) %}
with

declared as (

    select
        orders.profile_id as profile_id,
        orders.order_id as order_id,
        toString(orders.source) as source,
        toString(orders.channel) as channel,
        orders.ordered_at as ordered_at,
        orders.location_id as location_id,
        lines.product_id as product_id,
        lines.product_name as product_name,
        lines.category as category,
        lines.quantity as quantity,
        lines.net_amount as net_amount,
        lines.discount_amount as discount_amount,
        toString(orders.currency_code) as currency_code
    from (
        select
            '' as order_id,
            '' as product_id,
            '' as product_name,
            '' as category,
            {{ as_quantity("cast(null, 'Nullable(Decimal(18, 4))')") }} as quantity,
            cast(null, 'Nullable(Decimal(18, 2))') as net_amount,
            cast(null, 'Nullable(Decimal(18, 2))') as discount_amount
        where false
        {%- for name in models %}
        union all
        {{ order_lines_of(name) }}
        {%- endfor %}
    ) as lines
    inner join {{ ref('resolved_declared_orders') }} as orders on orders.order_id = lines.order_id
    where not orders.is_cancelled

),

online as (

    select
        profile_id,
        order_id,
        toString(source) as source,
        'online' as channel,
        toNullable(ordered_at) as ordered_at,
        '' as location_id,
        product.product_id as product_id,
        product.name as product_name,
        product.category as category,
        product.quantity as quantity,
        product.amount as net_amount,
        -- the events give discounts by order, not by line
        cast(null, 'Nullable(Decimal(18, 2))') as discount_amount,
        toString(currency_code) as currency_code
    from {{ ref('resolved_online_orders') }}
    array join products as product
    where status != 'cancelled'

)

select
    profile_id,
    order_id,
    cast(source, 'LowCardinality(String)') as source,
    cast(channel, 'LowCardinality(String)') as channel,
    ordered_at,
    location_id,
    product_id,
    product_name,
    cast(category, 'LowCardinality(String)') as category,
    quantity,
    net_amount,
    discount_amount,
    cast(currency_code, 'LowCardinality(String)') as currency_code
from (
    select * from declared
    union all
    select * from online
)
