{#
    Which columns of models hold identifiers: their yml says so (meta.sluice.identifier and .entity, or .part for a part of a
    composite), and nothing repeats it.
#}

{# [{ column, types, entity }] of one model, in the order of the yml; several types where the source does not say which one a value has. #}
{% macro declared_identifiers(model_name) -%}
    {%- set found = [] -%}
    {%- for column in sluice.declared_model(model_name).columns.values() -%}
        {%- set meta = sluice.sluice_meta(column) -%}
        {%- if meta.identifier -%}
            {%- set types = [meta.identifier] if meta.identifier is string else meta.identifier -%}
            {%- do sluice.check_declaration(model_name, column.name, meta.entity, types) -%}
            {%- do found.append({'column': column.name, 'types': types, 'type': types[0], 'entity': meta.entity}) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- which traits of calls are identifiers is said by the rules, and not by yml of ours -#}
    {%- set entity = {'model.sluice.stg_web__events': 'person', 'model.sluice.stg_web__groups': 'account'}.get(sluice.declared_model(model_name).unique_id) -%}
    {%- for type in (sluice.types_of_traits(entity) if entity else []) -%}
        {%- do found.append({'column': type.name, 'types': [type.name], 'type': type.name, 'entity': entity}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# [{ type, entity, columns, value }] of the composites of which this model has every part; `value` is SQL, '' where a part is missing. #}
{% macro declared_composites(model_name) -%}
    {%- set parts = sluice.declared_parts(model_name) -%}
    {%- set found = [] -%}
    {%- for type in sluice.identity_types() if type.parts -%}
        {%- set columns = parts.get(type.entity, {}) -%}
        {%- if type.parts | rejectattr('name', 'in', columns) | list | length == 0 -%}
            {%- set used = [] -%}
            {%- for part in type.parts -%}{%- do used.append(columns[part.name]) -%}{%- endfor -%}
            {%- do found.append({'type': type.name, 'entity': type.entity, 'columns': used, 'value': sluice.composite_value(type, columns)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# { entity: { part: column } } of one model. #}
{% macro declared_parts(model_name) -%}
    {%- set found = {} -%}
    {%- for column in sluice.declared_model(model_name).columns.values() -%}
        {%- set meta = sluice.sluice_meta(column) -%}
        {%- if meta.part -%}
            {%- set entity = meta.get('entity', 'person') -%}
            {%- do sluice.check_declaration(model_name, column.name, entity, []) -%}
            {%- set parts = found.setdefault(entity, {}) -%}
            {%- if meta.part in parts -%}
                {%- do sluice.declaration_error(model_name, column.name, 'part', 'the column ' ~ parts[meta.part] ~ ' is ' ~ meta.part ~ ' already') -%}
            {%- endif -%}
            {%- do parts.update({meta.part: column.name}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro check_declaration(model_name, column, entity, types, word='identifier') -%}
    {%- set entities = sluice.identity_rules().entities -%}
    {%- if not entity -%}
        {%- do sluice.declaration_error(model_name, column, 'entity', 'it is missing: one of ' ~ entities | join(', ')) -%}
    {%- elif entity not in entities -%}
        {%- do sluice.declaration_error(model_name, column, 'entity', 'there is no entity ' ~ entity ~ '; known: ' ~ entities | join(', ')) -%}
    {%- endif -%}
    {%- set names = entities[entity].types | rejectattr('parts') | map(attribute='name') | list -%}
    {%- for type in types if type not in names -%}
        {%- do sluice.declaration_error(model_name, column, word, 'there is no rule for ' ~ type ~ ' in vars.sluice.identity.entities.' ~ entity
            ~ '.identifiers; known: ' ~ names | join(', ')) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro declaration_error(model_name, column, key, sentence) -%}
    {%- do exceptions.raise_compiler_error('models: ' ~ model_name ~ ': columns: ' ~ column ~ ': meta.sluice.' ~ key ~ ': ' ~ sentence) -%}
{%- endmacro %}

{# The names of all models that say who is who. #}
{% macro identity_models() -%}
    {{ return(sluice.models_that_say(['identifier', 'part'])) }}
{%- endmacro %}

{# What all models declare, for the fingerprint of the rules. #}
{% macro all_declarations() -%}
    {%- set found = [] -%}
    {%- for name in sluice.identity_models() -%}
        {%- set identifiers = sluice.declared_identifiers(name) -%}
        {%- set composites = sluice.declared_composites(name) -%}
        {%- if identifiers or composites -%}
            {%- do found.append([name, sluice.identity_of(name), identifiers, composites]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
