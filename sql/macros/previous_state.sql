{#
    What an earlier build left in a table of the identity database; no rows on the first build. Read by name, because the table
    is built later in this same run: profile ids stay the same only because each build starts from the last one's.

    columns: { name: type }
#}
{% macro previous_state(relation, columns) -%}
    {%- set existing = adapter.get_relation('', relation.schema, relation.identifier) if execute else none -%}
    {%- if existing -%}
    select {{ columns.keys() | join(', ') }} from {{ relation }}
    {%- else -%}
    select
        {%- for name, type in columns.items() %}
        defaultValueOfTypeName('{{ type }}') as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from system.one
    where 0
    {%- endif -%}
{%- endmacro %}

{# The map of the last complete build: which profile each identifier belonged to. #}
{% macro previous_identity_map() -%}
    {{ previous_state(
        api.Relation.create(schema=target.schema ~ '_identity', identifier='identity_map'),
        {'node': 'UInt64', 'profile_id': 'UUID', 'profile_created_at': 'Nullable(DateTime64(3))'}
    ) }}
{%- endmacro %}
