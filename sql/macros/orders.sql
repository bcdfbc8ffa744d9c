{# What the orders of till, site and app have in common. #}

{#
    The number that a site gives an order; without one the message is the order, whose id is unique within its source. Prefixed: a till may
    use the same number. `event`: name of the table of events in the query.
#}
{% macro online_order_id(event) -%}
    concat('online:', multiIf(
        ifNull(toString(properties.order_id), '') != '', ifNull(toString(properties.order_id), ''),
        ifNull(toString(properties.orderId), '') != '', ifNull(toString(properties.orderId), ''),
        concat({{ event }}.source, ':', {{ event }}.message_id)
    ))
{%- endmacro %}

{# Segment's ecommerce vocabulary has three names for it; the first that is there counts. #}
{% macro online_order_amount() -%}
    {{ to_money('coalesce(toString(properties.revenue), toString(properties.total), toString(properties.value))') }}
{%- endmacro %}

{#
    The time that windowed traits count to: `as_of` of the project, else the newest order or event, but never the future.
    A name for a scalar subquery: every window of one build ends at the same instant.
#}
{% macro as_of() -%}
    {%- if var('as_of') -%}
        toDateTime64('{{ var('as_of') }}', 3, 'UTC')
    {%- else -%}
        (
            select least(now64(3, 'UTC'), max(at))
            from (
                select max(ordered_at) as at from {{ ref('orders') }}
                union all
                select max(occurred_at) from {{ ref('resolved_events') }}
            )
        )
    {%- endif -%}
{%- endmacro %}
