-- Grain: one row per line of a till receipt. Key: (order_id, product_id). Freshness: live view, as loaded.
-- Refunds keep their sign; quantity 0 is a fuel correction and stays, because dropping it would break the till's totals.
with

loaded as (

    {{ sluice.source_or_empty('pos', 'transactions', {
        'household_id': 'String',
        'store_id': 'String',
        'basket_id': 'String',
        'product_id': 'String',
        'quantity': 'Int64',
        'sales_value': 'Float64',
        'retail_disc': 'Float64',
        'coupon_disc': 'Float64',
        'coupon_match_disc': 'Float64',
        'transaction_timestamp': 'DateTime64(3)',
    }, optional=['store_id', 'retail_disc', 'coupon_disc', 'coupon_match_disc']) }}

),

readable as (

    select
        *,
        {{ sluice.to_quantity('quantity', 'pos') }} as read_quantity,
        {{ sluice.to_money('sales_value', 'pos') }} as read_sales_value,
        {{ sluice.to_money('retail_disc', 'pos') }} as read_retail_disc,
        {{ sluice.to_money('coupon_disc', 'pos') }} as read_coupon_disc,
        {{ sluice.to_money('coupon_match_disc', 'pos') }} as read_coupon_match_disc,
        -- the till has no time zone: the shop's is declared once, as a variable
        {{ sluice.to_instant('transaction_timestamp', 'pos') }} as read_transaction_timestamp,
        {{ sluice.readings({
            'quantity': 'read_quantity',
            'sales_value': 'read_sales_value',
            'retail_disc': 'read_retail_disc',
            'coupon_disc': 'read_coupon_disc',
            'coupon_match_disc': 'read_coupon_match_disc',
            'transaction_timestamp': 'read_transaction_timestamp',
        }) }} as readings
    from loaded

),

renamed as (

    select
        ---------- ids
        {{ sluice.to_text('household_id') }} as loyalty_id,
        -- lines without a number are not one receipt
        if({{ sluice.is_given('basket_id') }}, concat('pos:', {{ sluice.to_text('basket_id') }}), '') as order_id,
        {{ sluice.to_text('product_id') }} as product_id,
        {{ sluice.to_text('store_id') }} as store_id,

        ---------- amounts
        read_quantity as quantity,
        read_sales_value as net_amount,
        read_coupon_disc as coupon_discount_amount,
        {{ sluice.sum_of_given({
            'retail_disc': 'read_retail_disc',
            'coupon_disc': 'read_coupon_disc',
            'coupon_match_disc': 'read_coupon_match_disc',
        }) }} as discount_amount,

        ---------- times
        read_transaction_timestamp as ordered_at,
        readings
    from readable

)

select * from renamed
