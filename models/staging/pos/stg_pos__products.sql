-- Grain: one row per product of the assortment. Key: product_id. Freshness: live view, as loaded.
with

loaded as (

    {{ source_or_empty('pos', 'products', {
        'product_id': 'String',
        'department': 'String',
        'brand': 'String',
        'product_category': 'String',
        'product_type': 'String',
    }, optional=['department', 'brand', 'product_type']) }}

),

renamed as (

    select
        {{ to_text('product_id') }} as product_id,
        {{ to_text('department') }} as department,
        {{ to_text('product_category') }} as category,
        {{ to_text('product_type') }} as product_name,
        {{ to_text('brand') }} as brand
    from loaded

)

select * from renamed
