{#
    Facts about people and accounts: columns of any model whose yml says `attribute: <name>` (and `entity: account` where it is one). Their rows belong to
    whoever the identifiers in the same rows name.

        - name: given_name
          data_type: String
          meta: { sluice: { attribute: first_name, pii: true } }

    A name that `profiles` has no column for becomes one: of the type that the yml states (`data_type`), text without it.
#}

{# Columns of `profiles` and `accounts` that are there in every project: { column, attribute }. #}
{% macro standard_attributes(entity) -%}
    {%- if entity == 'account' -%}
        {{ return([{'column': 'name', 'attribute': 'name'}, {'column': 'domain', 'attribute': 'domain'}]) }}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for name in ['user_id', 'email', 'phone', 'first_name', 'last_name', 'city', 'country_code', 'language', 'consent_email'] -%}
        {%- do found.append({'column': 'phone_e164' if name == 'phone' else name, 'attribute': name}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# [{ column, attribute, type, description }] of the facts that one model gives of an entity, in the order of its yml. #}
{% macro declared_attributes(model_name, entity) -%}
    {%- set found = [] -%}
    {%- for column in sluice.declared_model(model_name).columns.values() -%}
        {%- set said = sluice.sluice_meta(column) -%}
        {%- if said.attribute and said.get('entity', 'person') == entity -%}
            {%- do sluice.check_attribute(model_name, column, said.attribute, entity) -%}
            {%- do found.append({'column': column.name, 'attribute': said.attribute, 'type': sluice.plain_type(column.data_type), 'description': column.description}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro check_attribute(model_name, column, attribute, entity) -%}
    {%- if attribute is not string or not modules.re.fullmatch('[a-z][a-z0-9_]{0,62}', attribute) -%}
        {%- do sluice.declaration_error(model_name, column.name, 'attribute', attribute ~ ' is no name of a column: small letters, digits and _, beginning with a letter') -%}
    {%- elif attribute in (['profile_id', 'traits'] if entity == 'person' else ['account_id']) -%}
        {%- do sluice.declaration_error(model_name, column.name, 'attribute', attribute ~ ' is a column that Sluice fills') -%}
    {%- elif modules.re.match('(Array|Map|Tuple|Nested|JSON|Dynamic|Variant|Object)\\b', sluice.plain_type(column.data_type)) -%}
        {%- do sluice.declaration_error(model_name, column.name, 'attribute', 'a fact is one value, and ' ~ column.data_type ~ ' is none: make a trait of it, in a model with `entity: ' ~ entity ~ '`') -%}
    {%- endif -%}
{%- endmacro %}

{# A type without Nullable and LowCardinality; String where none is stated. #}
{% macro plain_type(type) -%}
    {%- set inner = type or 'String' -%}
    {%- for wrapper in ['LowCardinality(', 'Nullable('] if inner.startswith(wrapper) -%}
        {{ return(sluice.plain_type(inner[wrapper | length:-1])) }}
    {%- endfor -%}
    {{ return(inner) }}
{%- endmacro %}

{#
    The columns that an entity's table gets beyond the standard ones: [{ column, attribute, type, description, model }], one for every attribute that a
    model declares. None while dbt parses: there is no yml yet.
#}
{% macro further_attributes(entity) -%}
    {%- set standard = sluice.standard_attributes(entity) | map(attribute='attribute') | list -%}
    {%- set found = {} -%}
    {%- for name in sluice.models_that_say(['attribute']) -%}
        {%- for declared in sluice.declared_attributes(name, entity) if declared.attribute not in standard -%}
            {%- set twin = found.get(declared.attribute) -%}
            {%- if twin and twin.type != declared.type -%}
                {%- do sluice.declaration_error(name, declared.column, 'attribute', declared.attribute ~ ' is ' ~ declared.type ~ ' here and ' ~ twin.type ~ ' in '
                    ~ twin.model ~ ': state one data_type') -%}
            {%- endif -%}
            {%- if not twin -%}
                {%- do found.update({declared.attribute: dict(declared, column=declared.attribute, model=name)}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found.values() | sort(attribute='attribute')) }}
{%- endmacro %}

{#
    The facts of one model, as rows (node, source, observed_at, pairs). Identifiers are left out: the graph knows to which profile they belong, whoever else
    used them. One exception: an address that several people read joins no profiles, and is kept as a fact.
#}
{% macro facts_of(model_name, entity) -%}
    {%- set identity = sluice.identity_of(model_name) -%}
    {%- set identifiers = sluice.declared_identifiers(model_name) | selectattr('entity', 'equalto', entity) | list -%}
    {%- if not identity.source or not identifiers -%}
        {%- do exceptions.raise_compiler_error('models: ' ~ model_name ~ ': it declares facts (meta.sluice.attribute) about a' ~ ('n ' if entity == 'account' else ' ') ~ entity
            ~ ', and no identifier that says which one: declare an identifier among its columns, and meta.sluice.identity with a source') -%}
    {%- endif -%}
    {%- set types = sluice.identity_types() | selectattr('entity', 'equalto', entity) | map(attribute='name') | list -%}
    select
        {{ sluice.row_node(model_name, entity) }} as node,
        toString({{ sluice.source_of(model_name) }}) as source,
        {{ sluice.observed_at_of(model_name) }} as observed_at,
        arrayFilter(pair -> pair.2 != '' and not {{ sluice.is_unfilled('pair.2') }}, cast([
            {%- for declared in sluice.declared_attributes(model_name, entity) if entity == 'account' or declared.attribute not in types %}
            ({{ sluice.sql_text(declared.attribute) }}, {{ sluice.text_of_fact(declared) }}),
            {%- endfor %}
            {%- for identifier in identifiers if entity == 'person' and identifier.type == 'email' and identifier.types | length == 1 %}
            ('email', {{ sluice.email_of_several(sluice.to_text(identifier.column)) }}),
            {%- endfor %}
            ('', '')
        ], 'Array(Tuple(String, String))')) as pairs
    from {{ sluice.relation_of(model_name) }}
{%- endmacro %}

{# A fact as text, from which `typed_fact` makes the value again: times are in UTC, so that no hour is there twice. #}
{% macro text_of_fact(declared) -%}
    {%- if declared.attribute == 'consent_email' -%}
        transform(
            lower(trimBoth({{ sluice.to_text(declared.column) }})),
            ['true', '1', 'yes', 'y', 'false', '0', 'no', 'n'], ['true', 'true', 'true', 'true', 'false', 'false', 'false', 'false'], ''
        )
    {%- elif declared.type.startswith('DateTime') -%}
        ifNull(toString(toTimeZone({{ declared.column }}, 'UTC')), '')
    {%- else -%}
        {{ sluice.trim_space(sluice.to_text(declared.column)) }}
    {%- endif -%}
{%- endmacro %}

{# Text → the type that the yml states, NULL where it cannot be that. #}
{% macro typed_fact(type, text) -%}
    {%- if type == 'String' -%}
        nullIf({{ text }}, '')
    {%- else -%}
        accurateCastOrNull(nullIf({{ text }}, ''), {{ sluice.sql_text(sluice.type_of_fact(type)) }})
    {%- endif -%}
{%- endmacro %}

{# The type of a published fact: a time is in UTC, whatever zone its source had. #}
{% macro type_of_fact(type) -%}
    {{ return(modules.re.sub("^DateTime64\\((\\d+).*$", "DateTime64(\\1, 'UTC')", modules.re.sub("^DateTime(\\(.*)?$", "DateTime('UTC')", type))) }}
{%- endmacro %}

{#
    Puts the further columns among those that the contract of this model enforces, with type and description. A hook before the model is built: by then
    the project's yml is known, and the adapter has not compared contract and SQL yet.
#}
{% macro extend_contract(entity) -%}
    {%- for further in sluice.further_attributes(entity) -%}
        {%- do sluice.extend_contract_by(further.column, 'Nullable(' ~ sluice.type_of_fact(further.type) ~ ')', further.description or 'Declared by ' ~ further.model ~ '.') -%}
        {%- if entity == 'person' -%}
            {%- do sluice.extend_contract_by(further.column ~ '_source', 'LowCardinality(Nullable(String))', 'Source of ' ~ further.column ~ '.') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro extend_contract_by(name, type, description) -%}
    {%- if name in model.columns -%}
        {%- do exceptions.raise_compiler_error('meta.sluice.attribute: ' ~ model.name ~ ' has a column ' ~ name ~ ' already, which is not an attribute: choose another name') -%}
    {%- endif -%}
    {%- do model.columns.update({name: {'name': name, 'data_type': type, 'description': description, 'meta': {}, 'constraints': [], 'quote': none, 'tags': []}}) -%}
{%- endmacro %}

{# The columns that a view of calls gets by the rules (`traits: [name, …]`), among those that are described: a hook, for the reason above. #}
{% macro describe_types_of_traits(entity) -%}
    {%- for type in sluice.types_of_traits(entity) -%}
        {%- do sluice.extend_contract_by(type.name, 'String', 'Identifier of the type ' ~ type.name ~ ', among the traits of the call; empty for none.') -%}
    {%- endfor -%}
{%- endmacro %}
