{#
    Orders and their lines, of any tables: a model says which of its columns are what, or states a word that holds for all of its rows.

        meta:
          sluice:
            identity: { source: shop, observed_at: created_at }
            orders: { order_id: id, ordered_at: created_at, amount: total, currency: currency_code, status: state, channel: online, cancelled: [void] }

    Channel, status and currency stay the source's own words; `cancelled` lists the statuses of orders that count in no number and no sum. Whose an order is
    say the identifiers in its row. Lines name their order by its number and have no person of their own:

            order_lines: { order_id: order, product_id: sku, product_name: title, category: department, quantity: quantity, amount: net }
#}

{# { field: SQL } of one model's block; `texts` may be a column or a word, `values` only a column. What the block leaves out is none. #}
{% macro fields_of(model_name, word, needed, texts, values) -%}
    {%- set node = sluice.declared_model(model_name) -%}
    {%- set said = sluice.sluice_meta(node)[word] -%}
    {%- set place = 'models: ' ~ model_name ~ ': meta.sluice.' ~ word -%}
    {%- if said is not mapping -%}
        {%- do exceptions.raise_compiler_error(place ~ ': it must be a block, such as { order_id: id, amount: total }') -%}
    {%- endif -%}
    {%- for field in said if field not in texts + values + ['cancelled'] -%}
        {%- do exceptions.raise_compiler_error(place ~ '.' ~ field ~ ': there is no such field; known: ' ~ (texts + values) | join(', ')) -%}
    {%- endfor -%}
    {%- for field in needed if not said.get(field) -%}
        {%- do exceptions.raise_compiler_error(place ~ ': ' ~ field ~ ' is missing: name the column') -%}
    {%- endfor -%}
    {%- set found = {} -%}
    {%- for field in texts + values -%}
        {%- set given = said.get(field) -%}
        {%- if given and given not in node.columns and (field in values or field == 'order_id') -%}
            {%- do exceptions.raise_compiler_error(place ~ '.' ~ field ~ ': ' ~ given ~ ' is not a column in the yml of ' ~ model_name) -%}
        {%- elif field in values -%}
            {%- do found.update({field: given or 'null'}) -%}
        {%- else -%}
            {%- do found.update({field: sluice.to_text(given) if given in node.columns else sluice.sql_text(given or '')}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# The number of an order with its source before it, so that two systems' numbers never meet; '' where there is none. #}
{% macro order_number(number, source) -%}
    multiIf(
        {{ number }} = '', '',
        startsWith({{ number }}, concat({{ source }}, ':')), {{ number }},
        concat({{ source }}, ':', {{ number }})
    )
{%- endmacro %}

{# The rows of one model that says `orders`. #}
{% macro orders_of(model_name) -%}
    {%- set fields = sluice.fields_of(
        model_name, 'orders', ['order_id', 'amount'], ['order_id', 'currency', 'status', 'channel', 'location'],
        ['ordered_at', 'amount', 'gross_amount', 'refunded_amount', 'discount_amount']
    ) -%}
    {%- if not sluice.declared_identifiers(model_name) | selectattr('entity', 'equalto', 'person') | list or not sluice.identity_of(model_name).source -%}
        {%- do exceptions.raise_compiler_error('models: ' ~ model_name ~ ': meta.sluice.orders: the yml does not say which person an order belongs to: declare an identifier of a person among '
            ~ 'the columns, and meta.sluice.identity with a source') -%}
    {%- endif -%}
    {%- set cancelled = sluice.list_of(sluice.sluice_meta(sluice.declared_model(model_name)).orders.get('cancelled')) -%}
    select
        {{ sluice.row_node(model_name) }} as node,
        toString({{ sluice.source_of(model_name) }}) as source,
        {{ sluice.order_number(fields.order_id, 'source') }} as order_id,
        {{ fields.channel }} as channel,
        {{ fields.location }} as location_id,
        cast({{ fields.ordered_at }}, 'Nullable(DateTime64(3, \'UTC\'))') as ordered_at,
        {{ fields.status if fields.status != "''" else "'completed'" }} as status,
        {{ "status in (" ~ sluice.sql_texts(cancelled) ~ ")" if cancelled else 'false' }} as is_cancelled,
        {{ sluice.as_money(sluice.money_or_null(fields.gross_amount if fields.gross_amount != 'null' else fields.amount)) }} as gross_amount,
        {{ sluice.as_money(sluice.money_or_null(fields.refunded_amount)) if fields.refunded_amount != 'null' else "toDecimal64OrNull('0', 2)" }} as refunded_amount,
        {{ sluice.as_money(sluice.money_or_null(fields.amount)) }} as amount,
        {{ sluice.as_money(sluice.money_or_null(fields.discount_amount)) }} as discount_amount,
        {{ sluice.currency_of(fields.currency) }} as currency_code
    from {{ sluice.relation_of(model_name) }}
    where order_id != ''
{%- endmacro %}

{# A column that may be missing as a number: NULL alone has no type to round. #}
{% macro money_or_null(column) -%}
    {{ return("cast(null, 'Nullable(Decimal(18, 2))')" if column == 'null' else column) }}
{%- endmacro %}

{# The rows of one model that says `order_lines`. #}
{% macro order_lines_of(model_name) -%}
    {%- set fields = sluice.fields_of(
        model_name, 'order_lines', ['order_id'], ['order_id', 'product_id', 'product_name', 'category'], ['quantity', 'amount', 'discount_amount']
    ) -%}
    {%- if not sluice.identity_of(model_name).source -%}
        {%- do exceptions.raise_compiler_error('models: ' ~ model_name ~ ': meta.sluice.order_lines: the yml does not name the source of the lines: give meta.sluice.identity the source '
            ~ 'that their orders have') -%}
    {%- endif -%}
    select
        {{ sluice.order_number(fields.order_id, sluice.source_of(model_name)) }} as order_id,
        {{ fields.product_id }} as product_id,
        {{ fields.product_name }} as product_name,
        {{ fields.category }} as category,
        {{ sluice.as_quantity(fields.quantity if fields.quantity != 'null' else "cast(null, 'Nullable(Decimal(18, 4))')") }} as quantity,
        {{ sluice.as_money(sluice.money_or_null(fields.amount)) }} as net_amount,
        {{ sluice.as_money(sluice.money_or_null(fields.discount_amount)) }} as discount_amount
    from {{ sluice.relation_of(model_name) }}
    where order_id != ''
{%- endmacro %}
