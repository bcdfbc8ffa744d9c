{# What the orders of till, site and app have in common. #}

{#
    The number that a site gives an order; without one the message is the order, whose id is unique within its source. Prefixed: a till may
    use the same number. `event`: name of the table of events in the query.
#}
{% macro online_order_id(event) -%}
    concat('online:', multiIf(
        {{ property_text('order_id') }} != '', {{ property_text('order_id') }},
        {{ property_text('orderId') }} != '', {{ property_text('orderId') }},
        concat({{ event }}.source, ':', {{ event }}.message_id)
    ))
{%- endmacro %}

{# A property as text; '' when it is missing, null or an empty list. A missing path is '' and not NULL once it is text: `coalesce` never passes it. #}
{% macro property_text(name) -%}
    if(isNull(properties.{{ name }}) or toString(properties.{{ name }}) = '[]', '', trimBoth(toString(properties.{{ name }})))
{%- endmacro %}

{# Whether the property was text in the message, not a number: only text has signs of its own. #}
{% macro property_is_text(name) -%}
    (dynamicType(properties.{{ name }}) = 'String')
{%- endmacro %}

{# A raw JSON value as text; '' for null, `[]` and `{}`. #}
{% macro unquoted(raw) -%}
    if({{ raw }} in ('null', '[]', '{}'), '', trimBoth(if(startsWith({{ raw }}, '"'), JSONExtractString({{ raw }}), {{ raw }})))
{%- endmacro %}

{# Whether it was text. #}
{% macro is_quoted(raw) -%}
    startsWith({{ raw }}, '"')
{%- endmacro %}

{#
    What the reports of one order say of it: the latest update that gives it, else the first report of its completion that does.

    value   SQL, not Nullable (a tuple around it, where it is): an aggregate passes NULL over
    given   SQL condition: the report says anything of it
#}
{% macro as_last_reported(value, given) -%}
    if(
        countIf(kind = 'updated' and {{ given }}) > 0,
        argMaxIf({{ value }}, (reports.occurred_at, message_id), kind = 'updated' and {{ given }}),
        argMinIf({{ value }}, (reports.occurred_at, message_id), kind = 'completed' and {{ given }})
    )
{%- endmacro %}

{#
    The time that windowed traits count to: `as_of` of the project, else the newest order or event, but never the future; now, when nothing has a time.
    A name for a scalar subquery: every window of one build ends at the same instant.
#}
{% macro as_of() -%}
    {%- if var('as_of') -%}
        toDateTime64('{{ var('as_of') }}', 3, 'UTC')
    {%- else -%}
        (
            select ifNull(least(now64(3, 'UTC'), max(at)), now64(3, 'UTC'))
            from (
                select toNullable(max(ordered_at)) as at from {{ ref('orders') }}
                union all
                select maxOrNull(occurred_at) from {{ ref('resolved_events') }}
            )
        )
    {%- endif -%}
{%- endmacro %}

{# What the orders of a group that meet `condition` come to: 0 where there are none, NULL where the group's orders are in several currencies. #}
{% macro spend(condition) -%}
    multiIf(
        uniqExact(currency_code) > 1, null,
        countIf({{ condition }}) = 0, cast(0, 'Nullable(Decimal(18, 2))'),
        {{ as_money('sumIf(orders.amount, ' ~ condition ~ ')') }}
    )
{%- endmacro %}
