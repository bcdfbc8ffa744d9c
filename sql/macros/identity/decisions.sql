{# Manual decisions about identity, as the models check them (models/identity/identity_checked_decisions.sql). #}

{# Kinds that name two identifiers. #}
{% macro pair_decision_kinds() -%}{{ return(['never_link', 'force_link']) }}{%- endmacro %}

{# Kinds that name one. #}
{% macro single_decision_kinds() -%}{{ return(['never_use', 'erase']) }}{%- endmacro %}

{# The types that a decision may name. A composite is made of several columns: it has no value that a person could write. #}
{% macro decidable_types() -%}
    {{ return(sluice.identity_types() | rejectattr('parts') | list) }}
{%- endmacro %}

{# The value as the graph writes it; '' for a type that no rule names. `entity` and `type` are columns. `types`: of decidable_types. #}
{% macro normalise_decided(types, entity, type, value) -%}
    multiIf(
        {%- for known in types %}
        {{ entity }} = '{{ known.entity }}' and {{ type }} = '{{ known.name }}', {{ sluice.normalise_as(known.normalise, value) }},
        {%- endfor %}
        ''
    )
{%- endmacro %}

{# '' for a type that the entity has, else a sentence. `entity` and `type` are columns. `types`: of decidable_types. #}
{% macro type_problem(types, entity, type) -%}
    multiIf(
        {%- for group in types | groupby('entity') %}
        {{ entity }} = '{{ group.grouper }}' and {{ type }} not in ('{{ group.list | map(attribute="name") | join("', '") }}'),
        concat('there is no identifier type "', {{ type }}, '" of {{ group.grouper }}; there are {{ group.list | map(attribute="name") | join(", ") }}'),
        {%- endfor %}
        {{ entity }} not in ('{{ types | map(attribute="entity") | unique | join("', '") }}'),
        concat('there is no entity "', {{ entity }}, '"; there are {{ types | map(attribute="entity") | unique | join(", ") }}'),
        ''
    )
{%- endmacro %}
