{#
    Which columns of staging models hold identifiers: their yml says so (meta.sluice.identifier and .entity, or .part for a part of a
    composite), and nothing repeats it.
#}

{# [{ column, types, entity }] of one model, in the order of the yml; several types where the source does not say which one a value has. #}
{% macro declared_identifiers(model_name) -%}
    {%- set found = [] -%}
    {%- for column in staging_model(model_name).columns.values() -%}
        {%- set meta = column.meta.get('sluice', {}) -%}
        {%- if meta.identifier -%}
            {%- set types = [meta.identifier] if meta.identifier is string else meta.identifier -%}
            {%- do check_declaration(model_name, column.name, meta.entity, types) -%}
            {%- do found.append({'column': column.name, 'types': types, 'type': types[0], 'entity': meta.entity}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# [{ type, entity, columns, value }] of the composites of which this model has every part; `value` is SQL, '' where a part is missing. #}
{% macro declared_composites(model_name) -%}
    {%- set parts = declared_parts(model_name) -%}
    {%- set found = [] -%}
    {%- for type in identity_types() if type.parts -%}
        {%- set columns = parts.get(type.entity, {}) -%}
        {%- if type.parts | rejectattr('name', 'in', columns) | list | length == 0 -%}
            {%- set used = [] -%}
            {%- for part in type.parts -%}{%- do used.append(columns[part.name]) -%}{%- endfor -%}
            {%- do found.append({'type': type.name, 'entity': type.entity, 'columns': used, 'value': composite_value(type, columns)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# { entity: { part: column } } of one model. #}
{% macro declared_parts(model_name) -%}
    {%- set found = {} -%}
    {%- for column in staging_model(model_name).columns.values() -%}
        {%- set meta = column.meta.get('sluice', {}) -%}
        {%- if meta.part -%}
            {%- set entity = meta.get('entity', 'person') -%}
            {%- do check_declaration(model_name, column.name, entity, []) -%}
            {%- set parts = found.setdefault(entity, {}) -%}
            {%- if meta.part in parts -%}
                {%- do declaration_error(model_name, column.name, 'part', 'the column ' ~ parts[meta.part] ~ ' is ' ~ meta.part ~ ' already') -%}
            {%- endif -%}
            {%- do parts.update({meta.part: column.name}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro check_declaration(model_name, column, entity, types) -%}
    {%- set entities = identity_rules().entities -%}
    {%- if not entity -%}
        {%- do declaration_error(model_name, column, 'entity', 'it is missing: one of ' ~ entities | join(', ')) -%}
    {%- elif entity not in entities -%}
        {%- do declaration_error(model_name, column, 'entity', 'there is no entity ' ~ entity ~ '; known: ' ~ entities | join(', ')) -%}
    {%- endif -%}
    {%- set names = entities[entity].types | rejectattr('parts') | map(attribute='name') | list -%}
    {%- for type in types if type not in names -%}
        {%- do declaration_error(model_name, column, 'identifier', 'there is no rule for ' ~ type ~ ' in vars.identity.entities.' ~ entity
            ~ '.identifiers; known: ' ~ names | join(', ')) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro declaration_error(model_name, column, key, sentence) -%}
    {%- do exceptions.raise_compiler_error('models: ' ~ model_name ~ ': columns: ' ~ column ~ ': meta.sluice.' ~ key ~ ': ' ~ sentence) -%}
{%- endmacro %}

{% macro staging_model(name) -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ name]) }}
{%- endmacro %}

{# The names of all staging models, sorted: the order in which dbt lists them is not always the same. None while dbt parses. #}
{% macro staging_models() -%}
    {%- set found = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) if node.resource_type == 'model' and node.package_name == project_name and node.fqn[1] == 'staging' -%}
        {%- do found.append(node.name) -%}
    {%- endfor -%}
    {{ return(found | sort) }}
{%- endmacro %}

{# What all staging models declare, for the fingerprint of the rules. #}
{% macro all_declarations() -%}
    {%- set found = [] -%}
    {%- for name in staging_models() -%}
        {%- set identifiers = declared_identifiers(name) -%}
        {%- set composites = declared_composites(name) -%}
        {%- if identifiers or composites -%}
            {%- do found.append([name, staging_model(name).meta.get('sluice', {}).get('identity'), identifiers, composites]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
