-- Grain: one row per receipt of a till. Key: order_id. Freshness: live view, as loaded.
-- An order with a line that nobody could read has no known sum: what is left of it would pass for all of it.

select
    order_id,
    any(loyalty_id) as loyalty_id,
    any(store_id) as store_id,
    min(lines.ordered_at) as ordered_at,
    if(countIf(isNull(lines.net_amount)) > 0, null, sum(lines.net_amount)) as amount,
    if(countIf(isNull(lines.discount_amount)) > 0, null, sum(lines.discount_amount)) as discount_amount,
    if(countIf(isNull(lines.coupon_discount_amount)) > 0, null, sum(lines.coupon_discount_amount)) as coupon_discount_amount,
    countIf(lines.coupon_discount_amount > 0 and ifNull(lines.net_amount > 0, true)) > 0 as has_coupon,
    {{ sluice.sql_text(sluice.source_format('pos').currency) }} as currency_code
from {{ ref('stg_pos__transactions') }} as lines
where order_id != ''
group by order_id
