-- Grain: one row per event that tells of an order: Order Completed, Updated, Refunded or Cancelled. Key: (source, message_id). Freshness: each build.
-- What sites and apps wrote, read once: numbers by the format that the source declares, else NULL. `readings` counts what could not be read.
{{ config(order_by='(order_id, occurred_at)') }}
{%- set format = number_format_by('source') %}
with

reports as (

    select
        message_id,
        profile_id,
        source,
        occurred_at,
        transform(
            toString(event_name),
            ['Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled', 'Order Canceled'],
            ['completed', 'updated', 'refunded', 'cancelled', 'cancelled'],
            ''
        ) as kind,
        {{ online_order_id('told') }} as order_id,
        {{ property_text('refund_id') }} as refund_id,
        -- three names for one thing in the vocabulary of ecommerce events: the first that is there counts
        arrayFirst(written -> written.2 != '', [
            {%- for name in ['revenue', 'total', 'value'] %}
            ('{{ name }}', {{ property_said(name) }}, {{ property_is_text(name) }}){{ ',' if not loop.last }}
            {%- endfor %}
        ]) as written_amount,
        {{ property_said('discount') }} as written_discount,
        {{ property_is_text('discount') }} as is_text_discount,
        {{ property_said('currency') }} as written_currency,
        {{ list_members(property_json('products')) }} as members,
        arrayMap(
            product -> (
                JSONExtract(product, 'Tuple(product_id String, sku String, name String, category String)'),
                JSONExtractRaw(product, 'price'),
                JSONExtractRaw(product, 'quantity')
            ),
            arrayFilter(member -> startsWith(member, '{'), members)
        ) as written_products,
        -- `["sku-1"]`, one product without a list, a list as text: they say something that cannot be read
        length(members) - length(written_products) as unreadable_products
    from {{ ref('resolved_events') }} as told
    where event_name in ('Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled', 'Order Canceled')

),

currencies as (

    select
        *,
        if(written_currency != '', {{ currency_of('written_currency') }}, {{ currency_beside('written_amount.2') }}) as stated_currency,
        -- what the source itself says elsewhere of this order
        groupUniqArrayIf(toString(stated_currency), stated_currency != '') over (partition by order_id, source) as currencies_of_source
    from reports

),

amounts as (

    select
        *,
        multiIf(
            stated_currency != '', '',
            written_currency != '', written_currency,
            length(currencies_of_source) > 1, arrayStringConcat(arraySort(currencies_of_source), ' or '),
            ''
        ) as unclear_currency,
        multiIf(
            unclear_currency != '' or stated_currency != '', toString(stated_currency),
            notEmpty(currencies_of_source), currencies_of_source[1],
            {{ declared_currency_by('source') }}
        ) as currency_code,
        {{ as_money(read_number('written_amount.2', 'written_amount.3', format, 'currency_code')) }} as amount,
        {{ as_money(read_number('written_discount', 'is_text_discount', format, 'currency_code')) }} as discount_amount,
        arrayMap(
            product -> {{ as_price(read_number(unquoted('product.2'), is_quoted('product.2'), format, 'currency_code')) }},
            written_products
        ) as prices,
        arrayMap(
            product -> if(
                {{ unquoted('product.3') }} = '',
                toDecimal128(1, 8),
                {{ read_number(unquoted('product.3'), is_quoted('product.3'), format, no_currency()) }}
            ),
            written_products
        ) as quantities
    from currencies

)

select
    message_id,
    profile_id,
    source,
    occurred_at,
    cast(kind, 'LowCardinality(String)') as kind,
    order_id,
    refund_id,
    cast(currency_code, 'LowCardinality(String)') as currency_code,
    unclear_currency,
    written_amount.2 != '' as is_amount_given,
    amount,
    written_discount != '' as is_discount_given,
    discount_amount,
    cast(
        arrayMap(
            (product, price, quantity) -> (
                if(product.1.product_id != '', product.1.product_id, product.1.sku),
                product.1.name,
                product.1.category,
                {{ as_quantity('quantity') }},
                {{ as_money('toDecimal128OrNull(toString(' ~ as_quantity('price') ~ ' * ' ~ as_quantity('quantity') ~ '), 8)') }},
                {{ unquoted('product.2') }} != '',
                {{ unquoted('product.3') }} != ''
            ),
            written_products,
            prices,
            quantities
        ),
        '{{ order_products_type() }}'
    ) as products,
    unreadable_products,
    cast(
        (
            ['revenue', 'total', 'value', 'discount', 'currency', 'products', 'products.price', 'products.quantity'],
            [
                written_amount.1 = 'revenue' and is_amount_given,
                written_amount.1 = 'total' and is_amount_given,
                written_amount.1 = 'value' and is_amount_given,
                is_discount_given,
                written_currency != '',
                length(members),
                arrayCount(product -> {{ unquoted('product.2') }} != '', written_products),
                arrayCount(product -> {{ unquoted('product.3') }} != '', written_products)
            ],
            [
                written_amount.1 = 'revenue' and is_amount_given and isNull(amount),
                written_amount.1 = 'total' and is_amount_given and isNull(amount),
                written_amount.1 = 'value' and is_amount_given and isNull(amount),
                is_discount_given and isNull(discount_amount),
                written_currency != '' and stated_currency = '',
                unreadable_products,
                arrayCount((product, price) -> {{ unquoted('product.2') }} != '' and isNull(price), written_products, prices),
                arrayCount(quantity -> isNull(quantity), quantities)
            ]
        ),
        'Tuple(columns Array(String), given Array(UInt32), unreadable Array(UInt32))'
    ) as readings
from amounts
