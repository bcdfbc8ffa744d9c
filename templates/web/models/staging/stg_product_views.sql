-- Grain: one row per product that somebody looked at. Key: (source, message_id). Freshness: each build.
-- Properties of an event become columns once, here; what reads them later need not know what the site calls them.

select
    message_id,
    source,
    profile_id,
    occurred_at,
    {{ sluice.to_text('properties.product_id') }} as product_id,
    {{ sluice.to_text('properties.name') }} as product_name,
    {{ sluice.to_text('properties.category') }} as category
from {{ ref('events') }}
where event_name = 'Product Viewed'
