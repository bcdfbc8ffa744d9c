-- Grain: one row per list of identifiers, version and value. Key: (list_id, version, value). Freshness: none, it is a view: what is applied is there at once.
-- The values of lists (activations/lists/) as the identity graph writes them, by the rules of the last build: only the macros know these. Whose they are
-- is in profile_identifiers.
{{ config(materialized='view') }}

{%- for type in identity_types() if type.entity == 'person' and not type.parts %}
{{ 'union all' if not loop.first }}
select
    cast(list_id, 'String') as list_id,
    version,
    cast(identifier_type, 'LowCardinality(String)') as identifier_type,
    value,
    {{ normalise_identifier('person', type.name, 'value') }} as identifier_value,
    now64(3, 'UTC') as computed_at
from {{ source('state', 'list_values') }}
where identifier_type = '{{ type.name }}'
{%- endfor %}
