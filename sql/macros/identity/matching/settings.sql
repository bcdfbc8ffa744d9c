{# What is matched, and how: the setting `identity_matching` (docs/matching.md) and the columns that say `meta.sluice.match`. #}

{# A word for "off" at parse time, too: while it is off the steps of the matching are no part of the project. #}
{% macro matching_is_enabled() -%}
    {{ return(sluice.matching_settings().enabled) }}
{%- endmacro %}

{# The var block, checked: a setting that makes no sense stops the build with a sentence that names it. #}
{% macro matching_settings() -%}
    {%- set settings = sluice.setting('identity_matching') -%}
    {%- set known = ['enabled', 'models', 'link_probability', 'review_probability', 'max_pairs_per_record', 'sample_pairs'] -%}
    {%- for name in settings if name not in known -%}
        {%- do exceptions.raise_compiler_error('vars.sluice.identity_matching.' ~ name ~ ': there is no such setting; known: ' ~ known | join(', ')) -%}
    {%- endfor -%}
    {%- if not (0 < settings.review_probability <= settings.link_probability < 1) -%}
        {%- do exceptions.raise_compiler_error(
            'vars.sluice.identity_matching: the probabilities must be in this order: 0 < review_probability (' ~ settings.review_probability ~ ') <= link_probability ('
            ~ settings.link_probability ~ ') < 1'
        ) -%}
    {%- endif -%}
    {%- for name in ['max_pairs_per_record', 'sample_pairs'] if not (settings[name] is integer and settings[name] >= 2) -%}
        {%- do exceptions.raise_compiler_error('vars.sluice.identity_matching.' ~ name ~ ': it must be a whole number of at least 2, and is ' ~ settings[name]) -%}
    {%- endfor -%}
    {{ return(settings) }}
{%- endmacro %}

{#
    Whether the listed models can be matched at all, before anything is compared: a record is a node of the graph by its identifiers, so a model without
    any gives no records; and a profile that may hold one value of a type can take in no second record that has another. Outside a build yml is not read yet.
#}
{% macro verify_matched_models() -%}
    {%- for name in (sluice.matching_settings().models if execute else []) -%}
        {%- set place = 'vars.sluice.identity_matching.models: ' ~ name -%}
        {%- if graph.nodes.values() | selectattr('name', 'equalto', name) | list | length == 0 -%}
            {%- do exceptions.raise_compiler_error(place ~ ': there is no model of this name') -%}
        {%- endif -%}
        {%- set identifiers = sluice.declared_identifiers(name) | selectattr('entity', 'equalto', 'person') | list -%}
        {%- if not identifiers -%}
            {%- do exceptions.raise_compiler_error(place ~ ' declares no identifier of a person (meta.sluice.identifier), and records are linked by their identifiers: '
                ~ 'declare its own key as an identifier of the lowest priority, or take the model off the list') -%}
        {%- endif -%}
        {%- set single = [] -%}
        {%- for identifier in identifiers if identifier.types | length == 1 -%}
            {%- set limit = sluice.identity_type('person', identifier.type).limit -%}
            {%- if limit and limit.max == 1 and not limit.within_days and (identifiers | length == 1 or sluice.is_in_every_row(name, identifier.column)) -%}
                {%- do single.append(identifier) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if single -%}
            {%- do exceptions.raise_compiler_error(place ~ ': each record has its own ' ~ single[0].type ~ ' (column ' ~ single[0].column ~ '), and a profile may have only one: no two of these records could be linked. '
                ~ 'Give vars.sluice.identity.entities.person.identifiers.' ~ single[0].type ~ ' a limit of more than 1 instead of unique, or take the model off the list') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{# Whether the yml of a model says that every row has a value in this column. #}
{% macro is_in_every_row(model_name, column) -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'test' and node.column_name == column
        and node.attached_node == sluice.declared_model(model_name).unique_id and (node.test_metadata or {}).get('name') == 'not_null' -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{# The columns of a staging model that are compared: [{ column, kind }], in the order of its yml. #}
{% macro declared_match_columns(model_name) -%}
    {%- set found = [] -%}
    {%- for column in sluice.declared_model(model_name).columns.values() -%}
        {%- set kind = sluice.sluice_meta(column).get('match') -%}
        {%- if kind -%}
            {%- if kind not in sluice.match_column_kinds() -%}
                {%- do exceptions.raise_compiler_error(
                    model_name ~ '.' ~ column.name ~ ': meta.sluice.match: there is no kind of field ' ~ kind ~ '; known: ' ~ sluice.match_column_kinds() | join(', ')
                ) -%}
            {%- endif -%}
            {%- if kind in found | map(attribute='kind') -%}
                {%- do exceptions.raise_compiler_error(model_name ~ '.' ~ column.name ~ ': meta.sluice.match: another column of this model is the ' ~ kind ~ ' already') -%}
            {%- endif -%}
            {%- do found.append({'column': column.name, 'kind': kind}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#
    The fields that are compared, in a fixed order: those of any matched model. A record without one of them (its model has no such
    column, or the value is empty) gives no evidence there, neither for nor against. Empty outside a build, when yml is not read yet.
#}
{% macro match_fields() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set declared = [] -%}
    {%- for model_name in sluice.matching_settings().models -%}
        {%- set columns = sluice.declared_match_columns(model_name) -%}
        {%- if columns | length == 0 -%}
            {%- do exceptions.raise_compiler_error(
                'vars.sluice.identity_matching.models: ' ~ model_name ~ ' declares no column to compare: give one meta: { sluice: { match: … } }, or take the model off the list'
            ) -%}
        {%- endif -%}
        {%- for column in columns -%}
            {%- do declared.extend(['first_name', 'last_name'] if column.kind == 'full_name' else [column.kind]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set fields = [] -%}
    {%- for kind in sluice.match_kinds() if kind in declared -%}{%- do fields.append(kind) -%}{%- endfor -%}
    {{ return(fields) }}
{%- endmacro %}

{# Every kind of field, in the order in which fields are compared and explained. #}
{% macro match_kinds() -%}
    {{ return(['first_name', 'last_name', 'birth_date', 'gender', 'email', 'phone', 'national_id', 'street_number', 'address', 'address_2', 'city', 'postcode',
        'region', 'country']) }}
{%- endmacro %}

{# A full name is read as a first and a last name, so that models with either can meet. #}
{% macro match_column_kinds() -%}
    {{ return(sluice.match_kinds() + ['full_name']) }}
{%- endmacro %}

{# Rows of a fixed number, for statements that take a list: "a = {}" → "a = x, a = y". #}
{% macro each_field(template, separator=', ') -%}
    {%- set parts = [] -%}
    {%- for field in sluice.match_fields() -%}{%- do parts.append(template | replace('{field}', field) | replace('{place}', loop.index | string)) -%}{%- endfor -%}
    {{ return(parts | join(separator)) }}
{%- endmacro %}

{# The link threshold as bits: the evidence at which a pair is as probable as `link_probability`. #}
{% macro link_evidence() -%}
    {%- set probability = sluice.matching_settings().link_probability -%}
    log2({{ probability }} / (1 - {{ probability }}))
{%- endmacro %}
