-- Grain: one row per order of site or app that was reported as completed. Key: order_id. Freshness: each build.
-- An order may be reported several times (a retry with a new message id, the site and the server): the first report counts, the latest update
-- changes it, refunds and cancellations of the same order id take from it, whatever came in first. Until it is completed it is no order.
{{ config(order_by='order_id') }}
with

reports as (

    select * from {{ ref('resolved_order_reports') }}

),

placed as (

    select
        order_id,
        argMinIf(profile_id, (reports.occurred_at, message_id), kind = 'completed') as profile_id,
        argMinIf(reports.source, (reports.occurred_at, message_id), kind = 'completed') as source,
        minIf(reports.occurred_at, kind = 'completed') as ordered_at,
        max(kind = 'cancelled') as is_cancelled,
        {{ as_last_reported('tuple(amount)', 'is_amount_given') }}.1 as gross_amount,
        {{ as_last_reported('tuple(discount_amount)', 'is_discount_given') }}.1 as discount_amount,
        {{ as_last_reported('products', 'notEmpty(products)') }} as products,
        {{ as_last_reported('stated_currency', "stated_currency != ''") }} as stated_currency,
        argMinIf(reports.currency_code, (reports.occurred_at, message_id), kind = 'completed') as first_currency
    from reports
    group by order_id
    having countIf(kind = 'completed') > 0

),

-- a refund says its sum, or the products that came back, or nothing: then all of the order was
refunds as (

    select
        order_id,
        refund_id,
        source,
        occurred_at,
        message_id,
        not is_amount_given and empty(products) as is_whole,
        if(
            is_amount_given,
            abs(amount),
            if(arrayExists(product -> isNull(product.amount), products), null, arraySum(product -> ifNull(product.amount, 0), products))
        ) as amount,
        toString(stated_currency) as stated_currency
    from reports
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

        -- a refund with an id of its own counts once, whoever tells of it
        select
            order_id,
            sum(told.1) as amount,
            max(isNull(told.1) and not told.2) as is_unknown,
            max(told.2) as is_whole,
            groupUniqArray(told.3) as currencies
        from (
            select order_id, argMin((refunds.amount, refunds.is_whole, refunds.stated_currency), (occurred_at, message_id)) as told
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
                groupUniqArray(told.stated_currency) as currencies
            from (
                -- the same at the same moment is one refund, sent twice
                select distinct order_id, source, occurred_at, amount, is_whole, stated_currency
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
        placed.*,
        if(placed.stated_currency != '', toString(placed.stated_currency), toString(placed.first_currency)) as currency_code,
        refunded.order_id != '' as has_refund,
        refunded.is_whole as is_whole,
        -- a refund in another money cannot be taken from the order
        refunded.is_unknown or arrayExists(currency -> currency not in ('', currency_code), refunded.currencies) as is_unknown,
        multiIf(
            not has_refund, toDecimal128(0, 2),
            is_whole, placed.gross_amount,
            is_unknown, null,
            ifNull(refunded.amount, 0)
        ) as refunded_amount
    from placed
    left join refunded on refunded.order_id = placed.order_id

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
    cast(currency_code, 'LowCardinality(String)') as currency_code,
    products
from joined
