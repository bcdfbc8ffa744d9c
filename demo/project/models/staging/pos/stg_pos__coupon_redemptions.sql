-- Grain: one row per coupon that a household handed in. Key: none, the till may repeat a row. Freshness: live view, as loaded.
with

loaded as (

    {{ sluice.source_or_empty('pos', 'coupon_redemptions', {
        'household_id': 'String',
        'coupon_upc': 'String',
        'campaign_id': 'String',
        'redemption_date': 'DateTime64(3)',
    }) }}

),

renamed as (

    select
        {{ sluice.to_text('household_id') }} as loyalty_id,
        {{ sluice.to_text('coupon_upc') }} as coupon_id,
        {{ sluice.to_text('campaign_id') }} as campaign_id,
        {{ sluice.to_instant('redemption_date', 'pos') }} as redeemed_at,
        {{ sluice.readings({'redemption_date': 'redeemed_at'}) }} as readings
    from loaded

)

select * from renamed
