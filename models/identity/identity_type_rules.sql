-- Grain: one row per identifier type. Key: type_number; (entity, identifier_type). Freshness: each build.
-- The rules that the graph of this build was made by, for explanations: the block of dbt_project.yml may have been edited since.
{{ config(materialized='view') }}

{%- for type in identity_types() %}
{{ 'union all' if not loop.first }}
select
    toUInt8({{ type.number }}) as type_number,
    '{{ type.entity }}' as entity,
    '{{ type.name }}' as identifier_type,
    toUInt32({{ type.priority }}) as priority,
    toBool({{ 'true' if type.parts else 'false' }}) as is_composite,
    cast({{ type.limit.max if type.limit else 'null' }}, 'Nullable(UInt32)') as limit_max,
    cast({{ (type.limit.within_days if type.limit else none) or 'null' }}, 'Nullable(UInt32)') as limit_within_days,
    cast([
        {%- for cap in type.caps -%}
        ('{{ cap.type }}', {{ cap.max }}, {{ cap.within_days or 'null' }}){{ ', ' if not loop.last }}
        {%- endfor -%}
    ], 'Array(Tuple(other_type String, max UInt32, within_days Nullable(UInt32)))') as caps,
    toUInt32({{ identity_rules().entities[type.entity].min_sightings }}) as min_sightings
{%- endfor %}
