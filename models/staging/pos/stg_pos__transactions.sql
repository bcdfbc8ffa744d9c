-- Grain: one row per line of a till receipt. Key: (order_id, product_id). Freshness: live view, as loaded.
-- Refunds keep their sign; quantity 0 is a fuel correction and stays, because dropping it would break the till's totals.
with

loaded as (

    {{ source_or_empty('pos', 'transactions', {
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

renamed as (

    select
        ---------- ids
        {{ to_text('household_id') }} as loyalty_id,
        concat('pos:', {{ to_text('basket_id') }}) as order_id,
        {{ to_text('product_id') }} as product_id,
        {{ to_text('store_id') }} as store_id,

        ---------- amounts
        toInt64OrZero({{ to_text('quantity') }}) as quantity,
        {{ to_money('sales_value') }} as net_amount,
        {{ to_money('coupon_disc') }} as coupon_discount_amount,
        {{ to_money('retail_disc') }} + coupon_discount_amount + {{ to_money('coupon_match_disc') }} as discount_amount,

        ---------- times
        -- the till has no time zone: the shop's is declared once, as a variable
        ifNull({{ to_instant('transaction_timestamp', var('pos_timezone')) }}, toDateTime64(0, 3, 'UTC')) as ordered_at
    from loaded

)

select * from renamed
