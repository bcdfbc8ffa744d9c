-- Grain: one row per order that a model of the project declares and that belongs to a profile. Key: order_id. Freshness: each build.
{{ config(order_by='order_id') }}
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
from {{ ref('declared_orders') }} as declared
inner join {{ ref('identity_map') }} as map on map.node = declared.node
