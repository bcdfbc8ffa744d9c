-- Grain: one row per household that a campaign was sent to. Key: (campaign_id, loyalty_id). Freshness: live view, as loaded.
with

sends as (

    {{ sluice.source_or_empty('pos', 'campaigns', {
        'campaign_id': 'String',
        'household_id': 'String',
    }) }}

),

campaigns as (

    {{ sluice.source_or_empty('pos', 'campaign_descriptions', {
        'campaign_id': 'String',
        'campaign_type': 'String',
        'start_date': 'DateTime64(3)',
        'end_date': 'DateTime64(3)',
    }) }}

),

renamed_campaigns as (

    select
        {{ sluice.to_text('campaign_id') }} as id,
        {{ sluice.to_text('campaign_type') }} as type,
        {{ sluice.to_instant('start_date', 'pos') }} as starts_at,
        {{ sluice.to_instant('end_date', 'pos') }} as ends_at,
        {{ sluice.readings({'start_date': 'starts_at', 'end_date': 'ends_at'}) }} as readings
    from campaigns

),

joined as (

    select
        {{ sluice.to_text('sends.household_id') }} as loyalty_id,
        {{ sluice.to_text('sends.campaign_id') }} as campaign_id,
        renamed_campaigns.type as campaign_type,
        renamed_campaigns.starts_at as starts_at,
        renamed_campaigns.ends_at as ends_at,
        renamed_campaigns.readings as readings
    from sends
    left any join renamed_campaigns on renamed_campaigns.id = {{ sluice.to_text('sends.campaign_id') }}

)

select * from joined
