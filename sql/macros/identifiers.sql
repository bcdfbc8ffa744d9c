{#
    Whose a row is: facts follow the person, not one column. A row hangs on the strongest of its identifiers that links people; one that is
    blocked, not to be used or not believed is passed over, and one that is seen with too many others takes what nothing else takes. The graph gives
    such a row to the same identifier (models/identity/identity_edges.sql), so that no fact is left without its person.
#}

{# The node of a row of a staging model by all identifiers that its yml declares; 0 for a row without a person. While dbt parses there is no yml yet. #}
{% macro row_node(model_name, entity='person') -%}
    {%- set identifiers = [] -%}
    {%- for declared in (sluice.declared_identifiers(model_name) if execute else []) if declared.entity == entity and declared.types | length == 1 -%}
        {%- do identifiers.append({'type': declared.type, 'column': sluice.to_text(declared.column)}) -%}
    {%- endfor -%}
    {%- for composite in (sluice.declared_composites(model_name) if execute else []) if composite.entity == entity -%}
        {%- do identifiers.append({'type': composite.type, 'value': composite.value}) -%}
    {%- endfor -%}
    {{ sluice.node_of_identifiers(identifiers, entity) }}
{%- endmacro %}

{#
    The rows of a model with the person (or account) of each, as a table to read from: its columns, and `profile_id` (`account_id`). Rows without a profile are
    left out. For models of a project: `from {{ sluice.with_profile('stg_shop__orders') }} as orders`.
#}
{% macro with_profile(model_name, entity='person') -%}
    (
        select
            rows.* except (node_of_row),
            map.profile_id as {{ 'profile_id' if entity == 'person' else entity ~ '_id' }}
        from (select *, {{ sluice.row_node(model_name, entity) }} as node_of_row from {{ ref(model_name) }}) as rows
        inner join {{ ref('identity_map') }} as map on map.node = rows.node_of_row
    )
{%- endmacro %}

{# The node of the user who was signed in, else of the device, for a model that has both columns and does not declare them. #}
{% macro caller_node() -%}
    {{ sluice.node_of_identifiers([{'type': 'user_id', 'column': 'user_id'}, {'type': 'anonymous_id', 'column': 'anonymous_id'}]) }}
{%- endmacro %}

{#
    identifiers   [{ type, column }], the column as SQL of a text; or { type, value } of a composite: SQL that is normalised

    Identifiers that are not used as links are a small set beside all identifiers, so no join is needed to find them. Most rows have an id that is only
    trimmed, and no address or phone: they are asked for those alone. To ask them for everything would take seven times as long.
#}
{% macro node_of_identifiers(identifiers, entity='person') -%}
    {%- set ordered = [] -%}
    {%- set light = [] -%}
    {%- set has_no_heavy = [] -%}
    {%- for type in sluice.identity_types() if type.entity == entity -%}
        {%- for identifier in identifiers if identifier.type == type.name -%}
            {%- do ordered.append(identifier) -%}
            {%- if identifier.column and type.normalise.as in ['trim', 'lower', 'none'] -%}
                {%- do light.append(identifier) -%}
            {%- else -%}
                {%- do has_no_heavy.append((identifier.column or identifier.value) ~ " = ''") -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set name = entity ~ '_' ~ ordered | length -%}
    {%- set any = sluice.first_linking(ordered, entity, name ~ '_any', has_last_choices=true) -%}
    {%- if not light or not has_no_heavy -%}{{ return(any) }}{%- endif -%}
    {{ return('if(' ~ has_no_heavy | join(' and ') ~ ' and (' ~ sluice.first_linking(light, entity, name ~ '_light') ~ ' as ' ~ name ~ '_found) != 0, ' ~ name ~ '_found, ' ~ any ~ ')') }}
{%- endmacro %}

{#
    The node of the first identifier that links people; with last choices, else of the first that has a profile of its own; else 0. Names, which begin with
    `name`, stand for what is long: spelt out, it would be there four times.
#}
{% macro first_linking(identifiers, entity, name, has_last_choices=false) -%}
    {%- set unlinked = 'select node from ' ~ ref('identity_unlinked') -%}
    {%- set first_choices = [] -%}
    {%- set last_choices = [] -%}
    {%- for identifier in identifiers -%}
        {%- set value = name ~ '_value_' ~ loop.index -%}
        {%- set node = name ~ '_node_' ~ loop.index -%}
        {%- set is_given = identifier.column ~ " != '' and " if identifier.column else '' -%}
        {%- do first_choices.append(is_given ~ '(' ~ (identifier.value or sluice.normalise_identifier(entity, identifier.type, identifier.column)) ~ ' as ' ~ value ~ ") != '' and ("
            ~ sluice.identifier_node("'" ~ entity ~ "'", "'" ~ identifier.type ~ "'", value) ~ ' as ' ~ node ~ ') not in (' ~ unlinked ~ '), ' ~ node) -%}
        {%- if has_last_choices -%}
            {%- do last_choices.append(is_given ~ value ~ " != '' and " ~ node ~ ' not in (' ~ unlinked ~ ' where not is_owned), ' ~ node) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('multiIf(' ~ (first_choices + last_choices) | join(', ') ~ ', toUInt64(0))' if first_choices else 'toUInt64(0)') }}
{%- endmacro %}
