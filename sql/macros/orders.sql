{# Orders that sites and apps report with events. #}

{#
    The number that a site gives an order; without one the message is the order, whose id is unique within its source. Prefixed: another system may
    use the same number. `event`: name of the table of events in the query.
#}
{% macro online_order_id(event) -%}
    concat('online:', multiIf(
        {{ sluice.property_text('order_id') }} != '', {{ sluice.property_text('order_id') }},
        {{ sluice.property_text('orderId') }} != '', {{ sluice.property_text('orderId') }},
        concat({{ event }}.source, ':', {{ event }}.message_id)
    ))
{%- endmacro %}

{# A property as text; '' when it is missing, null or an empty list. A missing path is '' and not NULL once it is text: `coalesce` never passes it. #}
{% macro property_text(name) -%}
    if(isNull(properties.{{ name }}) or toString(properties.{{ name }}) = '[]', '', trimBoth(toString(properties.{{ name }})))
{%- endmacro %}

{# The same of a property that should be a number or a code: an object is its JSON text, which is none, and not nothing. #}
{% macro property_said(name) -%}
    if(isNull(properties.{{ name }}) and {{ sluice.property_json(name) }} != '{}', {{ sluice.property_json(name) }}, {{ sluice.property_text(name) }})
{%- endmacro %}

{# A property as JSON text, whatever it is; '{}' when it is missing or null. A JSON column keeps what is in an object, and not the object. #}
{% macro property_json(name) -%}
    ifNull(if(isNull(properties.{{ name }}), toJSONString(properties.^{{ name }}), toJSONString(properties.{{ name }})), '{}')
{%- endmacro %}

{# The members of a list that say anything, as JSON texts. What is no list, and not nothing, is one member: its JSON text, quoted. #}
{% macro list_members(raw) -%}
    arrayMap(
        list -> multiIf(
            startsWith(list, '['), arrayFilter(member -> not match(member, '^(null|"\\s*")$'), JSONExtractArrayRaw(list)),
            list in ('', '{}', 'null') or match(list, '^"\\s*"$'), [],
            [toJSONString(list)]
        ),
        [{{ raw }}]
    )[1]
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

{# The products of an event: `amount` is price times quantity. #}
{% macro order_products_type() -%}
    Array(Tuple(
        product_id String, name String, category String, quantity Nullable(Float64), amount Nullable(Decimal(18, 2)), is_price_given Bool, is_quantity_given Bool
    ))
{%- endmacro %}

{# A product of resolved_order_reports whose money is not known. #}
{% macro without_amount(product) -%}
    (
        {{ product }}.product_id, {{ product }}.name, {{ product }}.category, {{ product }}.quantity, cast(null, 'Nullable(Decimal(18, 2))'),
        {{ product }}.is_price_given, {{ product }}.is_quantity_given
    )
{%- endmacro %}

{#
    What came back of a product that a refund names: Nullable(Decimal(18, 2)). By its own price, else by the one line of the order that has the product.
    Without a quantity too, it is that line where this is of one piece.
#}
{% macro refunded_line(product, lines) -%}
    multiIf(
        isNotNull({{ product }}.amount) or {{ product }}.is_price_given or {{ product }}.product_id = '', {{ product }}.amount,
        arrayMap(
            same -> multiIf(
                length(same) != 1, null,
                same[1].quantity = if({{ product }}.is_quantity_given, {{ product }}.quantity, 1), same[1].amount,
                not {{ product }}.is_quantity_given, null,
                {{ sluice.as_money('toDecimal128OrNull(toString(toFloat64(same[1].amount) * ' ~ product ~ '.quantity / same[1].quantity), 8)') }}
            ),
            [arrayFilter(line -> line.product_id = {{ product }}.product_id, {{ lines }})]
        )[1]
    )
{%- endmacro %}

{#
    The time that windowed traits count to: `as_of` of the project, else the newest order or event, but never the future; now, when nothing has a time.
    A name for a scalar subquery: every window of one build ends at the same instant.
#}
{% macro as_of() -%}
    {%- if sluice.setting('as_of') -%}
        toDateTime64('{{ sluice.setting('as_of') }}', 3, 'UTC')
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
        {{ sluice.as_money('sumIf(orders.amount, ' ~ condition ~ ')') }}
    )
{%- endmacro %}
