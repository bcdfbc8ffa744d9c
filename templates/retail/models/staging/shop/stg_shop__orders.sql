-- Grain: one row per order. Key: order_id. Freshness: live view, as loaded.
with

loaded as (

    {{ sluice.source_or_empty('shop', 'orders', {
        'order_id': 'String',
        'customer_id': 'String',
        'email': 'String',
        'ordered_at': 'DateTime64(3)',
        'status': 'String',
        'channel': 'String',
        'store': 'String',
        'total': 'Float64',
        'discount': 'Float64',
    }, optional=['store', 'discount']) }}

),

readable as (

    select
        *,
        {{ sluice.to_instant('ordered_at', 'shop') }} as read_ordered_at,
        {{ sluice.to_money('total', 'shop') }} as read_total,
        {{ sluice.to_money('discount', 'shop') }} as read_discount,
        {{ sluice.readings({'ordered_at': 'read_ordered_at', 'total': 'read_total', 'discount': 'read_discount'}) }} as readings
    from loaded

),

renamed as (

    select
        ---------- ids
        {{ sluice.to_text('order_id') }} as order_id,
        {{ sluice.to_text('customer_id') }} as customer_id,
        {{ sluice.to_text('email') }} as email,

        ---------- the order
        {{ sluice.to_text('status') }} as status,
        {{ sluice.to_text('channel') }} as channel,
        {{ sluice.to_text('store') }} as store,
        read_total as total,
        read_discount as discount,

        ---------- times
        read_ordered_at as ordered_at,
        readings
    from readable

)

select * from renamed
