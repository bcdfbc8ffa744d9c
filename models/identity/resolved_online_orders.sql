-- Grain: one row per order of site or app that was reported as completed. Key: order_id. Freshness: each build.
-- An order may be reported several times (a retry with a new message id, the site and the server): the first report counts, the latest update
-- changes it, refunds and cancellations of the same order id take from it, whatever came in first. Until it is completed it is no order.
{{ config(order_by='order_id') }}
with

reports as (

    select
        *,
        -- `$` beside `$` may be one money; `$` beside EUR is not known to be
        if(unclear_currency != '', concat('?', unclear_currency), toString(currency_code)) as currency
    from {{ ref('resolved_order_reports') }}

),

placed as (

    select
        order_id,
        argMinIf(profile_id, (reports.occurred_at, message_id), kind = 'completed') as profile_id,
        argMinIf(reports.source, (reports.occurred_at, message_id), kind = 'completed') as source,
        minIf(reports.occurred_at, kind = 'completed') as ordered_at,
        max(kind = 'cancelled') as is_cancelled,
        -- each with the currency of its own report: 120 USD beside 100 EUR is not 120 EUR
        {{ as_last_reported('(amount, currency)', 'is_amount_given') }} as priced,
        {{ as_last_reported('(discount_amount, currency)', 'is_discount_given') }} as discounted,
        {{ as_last_reported('(products, currency)', 'notEmpty(products)') }} as listed,
        if(
            countIf(is_amount_given and kind in ('completed', 'updated')) > 0,
            priced.2,
            {{ as_last_reported('currency', "currency != ''") }}
        ) as order_currency
    from reports
    group by order_id
    having countIf(kind = 'completed') > 0

),

orders as (

    select
        order_id,
        profile_id,
        source,
        ordered_at,
        is_cancelled,
        order_currency,
        priced.1 as gross_amount,
        if(discounted.2 in ('', order_currency), discounted.1, null) as discount_amount,
        cast(
            if(listed.2 in ('', order_currency), listed.1, arrayMap(product -> {{ without_amount('product') }}, listed.1)),
            '{{ order_products_type() }}'
        ) as products
    from placed

),

-- a refund says its sum, or the products that came back, or nothing: then all of the order was
refunds as (

    select
        reports.order_id as order_id,
        refund_id,
        reports.source as source,
        occurred_at,
        message_id,
        toString(reports.products) as told_products,
        not is_amount_given and empty(reports.products) and unreadable_products = 0 as is_whole,
        arrayMap(product -> {{ refunded_line('product', 'orders.products') }}, reports.products) as lines,
        multiIf(
            is_amount_given, abs(reports.amount),
            unreadable_products > 0 or arrayExists(line -> isNull(line), lines), null,
            arraySum(line -> ifNull(line, 0), lines)
        ) as amount,
        currency
    from reports
    left join orders on orders.order_id = reports.order_id
    where kind = 'refunded'

),

refunded as (

    select
        order_id,
        sum(parts.amount) as amount,
        max(parts.is_unknown) as is_unknown,
        max(parts.is_whole) as is_whole,
        groupUniqArrayArray(parts.currencies) as currencies
    from (

        -- a refund with an id of its own counts once, however many sources report it
        select
            order_id,
            sum(told.1) as amount,
            max(isNull(told.1) and not told.2) as is_unknown,
            max(told.2) as is_whole,
            groupUniqArray(told.3) as currencies
        from (
            select order_id, argMin((refunds.amount, refunds.is_whole, refunds.currency), (occurred_at, message_id)) as told
            from refunds
            where refund_id != ''
            group by order_id, refund_id
        )
        group by order_id

        union all

        -- without ids, two sources tell of the same refunds: the one that tells of most is followed
        select
            order_id,
            max(by_source.amount),
            max(by_source.is_unknown),
            max(by_source.is_whole),
            groupUniqArrayArray(by_source.currencies)
        from (
            select
                order_id,
                source,
                sum(told.amount) as amount,
                max(isNull(told.amount) and not told.is_whole) as is_unknown,
                max(told.is_whole) as is_whole,
                groupUniqArray(told.currency) as currencies
            from (
                -- the same at the same moment is one refund, sent twice; with other products it is another one
                select distinct order_id, source, occurred_at, amount, is_whole, currency, told_products
                from refunds
                where refund_id = ''
            ) as told
            group by order_id, source
        ) as by_source
        group by order_id

    ) as parts
    group by order_id

),

joined as (

    select
        orders.*,
        refunded.order_id != '' as has_refund,
        refunded.is_whole as is_whole,
        -- a refund in another money cannot be taken from the order
        refunded.is_unknown or arrayExists(currency -> currency not in ('', orders.order_currency), refunded.currencies) as is_unknown,
        multiIf(
            not has_refund, toDecimal128(0, 2),
            is_whole, orders.gross_amount,
            is_unknown, null,
            ifNull(refunded.amount, 0)
        ) as refunded_amount
    from orders
    left join refunded on refunded.order_id = orders.order_id

)

select
    order_id,
    profile_id,
    source,
    ordered_at,
    cast(multiIf(
        is_cancelled, 'cancelled',
        has_refund and is_whole, 'refunded',
        has_refund and ifNull(refunded_amount > 0 and refunded_amount >= gross_amount, false), 'refunded',
        has_refund and ifNull(refunded_amount != 0, true), 'partially_refunded',
        'completed'
    ), 'LowCardinality(String)') as status,
    gross_amount,
    {{ as_money('refunded_amount') }} as refunded_amount,
    multiIf(
        status in ('cancelled', 'refunded'), toDecimal64(0, 2),
        -- more was refunded than the order was worth: `refunds_fit_their_orders` warns of it, and it takes nothing from other orders
        {{ as_money('gross_amount - refunded_amount') }}
    ) as amount,
    discount_amount,
    cast(if(startsWith(order_currency, '?'), '', order_currency), 'LowCardinality(String)') as currency_code,
    products
from joined
