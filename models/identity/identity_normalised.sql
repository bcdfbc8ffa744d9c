-- Grain: one row per entity that has the identifier type asked for. Key: entity. Freshness: each build.
-- A view with parameters that finds a value in the graph, as a person wrote it:
--   select * from sluice_identity.identity_normalised(identifier_type = 'email', written = ' Ada@Example.com')
-- Only the macros know how a value is normalised and numbered; with this view other code need not know it.
{{ config(materialized='view') }}
with

asked as (

    select
        {identifier_type:String} as identifier_type,
        {written:String} as written

),

normalised as (

{%- for type in identity_types() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ type.entity }}' as entity,
        asked.identifier_type as identifier_type,
        {{ normalise_identifier(type.entity, type.name, 'asked.written') }} as identifier_value
    from asked
    where asked.identifier_type = '{{ type.name }}'
{%- endfor %}

)

select
    entity,
    identifier_type,
    identifier_value,
    {{ identifier_node('entity', 'identifier_type', 'identifier_value') }} as node,
    {{ block_reason('entity', 'identifier_type', 'identifier_value') }} as block_reason
from normalised
