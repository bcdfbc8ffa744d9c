-- Grain: one row per product of the assortment. Key: product_id. Freshness: live view, as loaded.
with

loaded as (

    {{ sluice.source_or_empty('pos', 'products', {
        'product_id': 'String',
        'department': 'String',
        'brand': 'String',
        'product_category': 'String',
        'product_type': 'String',
    }, optional=['department', 'brand', 'product_type']) }}

),

renamed as (

    select
        {{ sluice.to_text('product_id') }} as product_id,
        {{ sluice.to_text('department') }} as department,
        {{ sluice.to_text('product_category') }} as category,
        {{ sluice.to_text('product_type') }} as product_name,
        {{ sluice.to_text('brand') }} as brand
    from loaded

)

select * from renamed
