{# Rows of a staging model as they are compared: the strongest usable identifier, every field normalised ('' where the model has none). #}
{% macro match_records_of(relation, model_name) -%}
    {%- set identity = sluice.identity_of(model_name) -%}
    {%- set identifiers = sluice.declared_identifiers(model_name) | selectattr('entity', 'equalto', 'person') | list -%}
    {%- set columns = {} -%}
    {%- for column in sluice.declared_match_columns(model_name) -%}{%- do columns.update({column.kind: column.column}) -%}{%- endfor -%}
    select
        cast('{{ model_name }}', 'LowCardinality(String)') as observed_in,
        arraySort(
            identifier -> {{ sluice.type_number_of('identifier.type', "'person'") }},
            arrayFilter(identifier -> identifier.value != '' and {{ sluice.block_reason("'person'", 'identifier.type', 'identifier.value') }} = '', cast([
                {%- for identifier in identifiers %}
                ('{{ identifier.type }}', {{ sluice.normalise_identifier('person', identifier.type, sluice.to_text(identifier.column)) }}){{ ',' if not loop.last }}
                {%- endfor %}
            ], 'Array(Tuple(type LowCardinality(String), value String))'))
        )[1] as strongest,
        {%- for field in sluice.match_fields() %}
        {{ sluice.match_field_value(field, columns) }} as {{ field }},
        {%- endfor %}
        {{ 'toNullable(' ~ identity.observed_at ~ ')' if identity.observed_at else "cast(null, 'Nullable(DateTime64(3, \\'UTC\\'))')" }} as seen_first,
        seen_first as seen_last
    from (select {{ (columns.values() | list + identifiers | map(attribute='column') | list + ([identity.observed_at] if identity.observed_at else [])) | unique | join(', ') }} from {{ relation }}) as shown
{%- endmacro %}

{% macro match_field_value(field, columns) -%}
    {%- if field in columns -%}
        {{ return(sluice.normalise_match_field(field, 'shown.' ~ columns[field])) }}
    {%- elif field == 'first_name' and 'full_name' in columns -%}
        {{ return(sluice.normalise_match_field(field, sluice.first_of_full_name('shown.' ~ columns.full_name))) }}
    {%- elif field == 'last_name' and 'full_name' in columns -%}
        {{ return(sluice.normalise_match_field(field, sluice.last_of_full_name('shown.' ~ columns.full_name))) }}
    {%- else -%}
        {{ return("''") }}
    {%- endif -%}
{%- endmacro %}
