{#
    Whose a row is: facts follow the person, not one column. A row hangs on the strongest of its identifiers that links people; one that is
    blocked, not to be used or not believed is passed over, and one that is seen with too many others takes what nothing else takes. The graph gives
    such a row to the same identifier (models/identity/identity_edges.sql), so that no fact is left without its person.
#}

{# The node of a row of a staging model by all identifiers that its yml declares; 0 for a row of nobody. While dbt parses there is no yml yet. #}
{% macro row_node(model_name, entity='person') -%}
    {%- set identifiers = [] -%}
    {%- for declared in (declared_identifiers(model_name) if execute else []) if declared.entity == entity and declared.types | length == 1 -%}
        {%- do identifiers.append({'type': declared.type, 'column': declared.column}) -%}
    {%- endfor -%}
    {%- for composite in (declared_composites(model_name) if execute else []) if composite.entity == entity -%}
        {%- do identifiers.append({'type': composite.type, 'value': composite.value}) -%}
    {%- endfor -%}
    {{ node_of_identifiers(identifiers, entity) }}
{%- endmacro %}

{# The node of whoever was signed in, else of the device, for a model that has both columns and does not declare them. #}
{% macro caller_node() -%}
    {{ node_of_identifiers([{'type': 'user_id', 'column': 'user_id'}, {'type': 'anonymous_id', 'column': 'anonymous_id'}]) }}
{%- endmacro %}

{# The same for a model that says by the number of the card only whose a row is, and is no evidence of anything. #}
{% macro card_node() -%}
    {{ node_of_identifiers([{'type': 'loyalty_id', 'column': 'loyalty_id'}]) }}
{%- endmacro %}

{#
    identifiers   [{ type, column }], or { type, value } of a composite: SQL that is normalised

    What links nobody is a set that is small next to all identifiers, so no row has to be joined to find out. Columns that are mostly empty are
    asked whether they are before their text is normalised. Names stand for what is long: spelt out, it would be there four times.
#}
{% macro node_of_identifiers(identifiers, entity='person') -%}
    {%- set unlinked = 'select node from ' ~ ref('identity_unlinked') -%}
    {%- set first_choices = [] -%}
    {%- set last_choices = [] -%}
    {%- for type in identity_types() if type.entity == entity -%}
        {%- for identifier in identifiers if identifier.type == type.name -%}
            {%- set name = entity ~ '_' ~ type.name ~ '_' ~ first_choices | length -%}
            {%- set value = identifier.value or normalise_identifier(entity, type.name, identifier.column) -%}
            {%- set node = identifier_node("'" ~ entity ~ "'", "'" ~ type.name ~ "'", name ~ '_value') -%}
            {%- set is_given = identifier.column ~ " != '' and " if identifier.column else '' -%}
            {%- do first_choices.append(is_given ~ '(' ~ value ~ ' as ' ~ name ~ "_value) != '' and (" ~ node ~ ' as ' ~ name ~ '_node) not in (' ~ unlinked ~ '), ' ~ name ~ '_node') -%}
            {%- do last_choices.append(is_given ~ name ~ "_value != '' and " ~ name ~ '_node not in (' ~ unlinked ~ ' where not is_owned), ' ~ name ~ '_node') -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return('multiIf(' ~ (first_choices + last_choices) | join(', ') ~ ', toUInt64(0))' if first_choices else 'toUInt64(0)') }}
{%- endmacro %}
