{# What the models of accounts have in common. #}

{# The node of an identifier of an account, whose value is in `column` in any spelling. #}
{% macro account_node(type, column) -%}
    {{ sluice.identifier_node("'account'", "'" ~ type ~ "'", sluice.normalise_identifier('account', type, column)) }}
{%- endmacro %}

{# The types of identifier that are columns of `accounts`: the two that calls give, and those that a model says are an attribute. #}
{% macro account_columns() -%}
    {%- set types = sluice.identity_types() | selectattr('entity', 'equalto', 'account') | map(attribute='name') | list -%}
    {{ return(['group_id', 'domain'] + sluice.further_attributes('account') | map(attribute='attribute') | select('in', types) | list) }}
{%- endmacro %}

{# Deeper than any group of companies: a chain of more is a mistake, and each of its accounts would walk all of it. #}
{% macro max_account_levels() -%}{{ return(100) }}{%- endmacro %}

{#
    1 for the source that knows best to which account a person belongs: first the models whose yml says so, by name, then what calls say, then the
    domain of an address.
#}
{% macro membership_rank(source) -%}
    indexOf([{{ sluice.sql_texts(sluice.declared_memberships() | map(attribute='kind') | list + ['group_call', 'email_domain']) }}], toString({{ source }}))
{%- endmacro %}

{#
    [{ model, kind, role, since }]: models whose rows put a person into an account, by `meta: { sluice: { membership: { kind: contact, role: role,
    since: created_at } } }`. `kind` is what account_members calls the source; `role` and `since` are columns.
#}
{% macro declared_memberships() -%}
    {%- set found = [] -%}
    {%- for name in sluice.models_that_say(['membership']) -%}
        {%- set said = sluice.sluice_meta(sluice.declared_model(name)).membership -%}
        {%- set place = 'models: ' ~ name ~ ': meta.sluice.membership: ' -%}
        {%- if said is not mapping or not said.kind or said.keys() | reject('in', ['kind', 'role', 'since']) | list -%}
            {%- do exceptions.raise_compiler_error(place ~ 'it must be a block with `kind` (a word for this kind of source) and, if the model has such columns, `role` and `since`') -%}
        {%- elif said.kind in ['group_call', 'email_domain'] or said.kind in found | map(attribute='kind') -%}
            {%- do exceptions.raise_compiler_error(place ~ 'the kind ' ~ said.kind ~ ' is taken: choose another word') -%}
        {%- endif -%}
        {%- for entity in ['person', 'account'] if entity not in sluice.declared_identifiers(name) | map(attribute='entity') -%}
            {%- do exceptions.raise_compiler_error(place ~ 'no column of the model identifies a' ~ ('n ' if entity == 'account' else ' ') ~ entity
                ~ ': give one meta: { sluice: { identifier: …, entity: ' ~ entity ~ ' } }') -%}
        {%- endfor -%}
        {%- do found.append({'model': name, 'kind': said.kind, 'role': said.get('role'), 'since': said.get('since')}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# [{ column, type }] of the columns that name the account to which the account of the row belongs: `meta: { sluice: { parent: <type> } }`. #}
{% macro declared_parents(model_name) -%}
    {%- set found = [] -%}
    {%- for column in sluice.declared_model(model_name).columns.values() if sluice.sluice_meta(column).parent -%}
        {%- set type = sluice.sluice_meta(column).parent -%}
        {%- do sluice.check_declaration(model_name, column.name, 'account', [type], 'parent') -%}
        {%- do found.append({'column': column.name, 'type': type}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
