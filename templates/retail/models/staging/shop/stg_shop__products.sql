-- Grain: one row per product. Key: product_id. Freshness: live view, as loaded.
with

loaded as (

    {{ sluice.source_or_empty('shop', 'products', {
        'product_id': 'String',
        'title': 'String',
        'department': 'String',
        'brand': 'String',
    }) }}

)

select
    {{ sluice.to_text('product_id') }} as product_id,
    {{ sluice.to_text('title') }} as title,
    {{ sluice.to_text('department') }} as department,
    {{ sluice.to_text('brand') }} as brand
from loaded
