{#
    The named columns of a raw table, in that order. A table that was never loaded gives no rows, a column that is not in the
    file gives its type's NULL: a newcomer who has only web events can build, and so can a retailer whose till exports less.

    columns   { name: type to take when the column or the table is missing }
    where     text that follows the table's name, such as `final` or `where …`
#}
{% macro source_or_empty(source_name, table_name, columns, where='') -%}
    {%- set declared = source(source_name, table_name) -%}
    {%- set loaded = adapter.get_relation(declared.database, declared.schema, declared.identifier) if execute else none -%}
    {%- set present = adapter.get_columns_in_relation(loaded) | map(attribute='name') | list if loaded else [] -%}
    select
        {%- for name, type in columns.items() %}
        {% if name in present -%}
        {{ name }}
        {%- elif loaded -%}
        cast(null, 'Nullable({{ type }})') as {{ name }}
        {%- else -%}
        defaultValueOfTypeName('{{ type }}') as {{ name }}
        {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if loaded %}
    from {{ declared }} {{ where }}
    {%- else %}
    from system.one
    where 0
    {%- endif %}
{%- endmacro %}
