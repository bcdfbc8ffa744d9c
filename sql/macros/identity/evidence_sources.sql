{#
    Which rows say who is who, read into `identity_observations`. Everything follows from the yml of the models:

    meta.sluice.identity of the model
        source          column, or name, of the source that showed the row
        observed_at     column: when the row was seen; absent: unknown
        links_when      SQL condition: whether the row claims that its identifiers are one person; absent: every row does
        observed_when   SQL condition: rows that another model speaks for are left out; absent: no row is
        appended_at     column: when the row arrived. Says that rows are only ever added, so that a build reads what is new; absent: the
                        model is a snapshot, which may change anywhere and is read whole
        rows_since      macro, of the model's package, that gives, for an SQL time, the model's rows that arrived then or later, where that is faster than to
                        filter the view

    meta.sluice.identifier of a column, with meta.sluice.entity
        a type; or a list of types when the source does not say which it is (an alias call's "id before"): the value belongs to the first
        type under which it is known, else to the last
#}

{#
    All models that declare identifiers, by name: [{ name, package, relation, arrivals, identity, has_columns, found }].
    found: [{ entity, type, value, spelling, columns, choice }], the identifiers of a row, of which a choice has several that share a number.
#}
{% macro evidence_sources() -%}
    {%- set sources = [] -%}
    {%- for name in (sluice.identity_models() if execute else []) -%}
        {%- set node = sluice.declared_model(name) -%}
        {%- set found = [] -%}
        {%- for declared in sluice.declared_identifiers(name) -%}
            {%- set place = loop.index -%}
            {#- a number, a UUID or a date is an identifier too, as the text that it prints -#}
            {%- set text = sluice.to_text(declared.column) -%}
            {%- for type in declared.types -%}
                {%- do found.append({
                    'entity': declared.entity, 'type': type, 'columns': [declared.column], 'spelling': text,
                    'value': sluice.normalise_identifier(declared.entity, type, text), 'choice': place if declared.types | length > 1 else 0
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for composite in sluice.declared_composites(name) -%}
            {%- do found.append({
                'entity': composite.entity, 'type': composite.type, 'columns': composite.columns, 'spelling': none,
                'value': composite.value, 'choice': 0
            }) -%}
        {%- endfor -%}
        {%- set identity = sluice.identity_of(name) -%}
        {%- if identity.appended_at and found | selectattr('choice') | list -%}
            {%- do exceptions.raise_compiler_error(
                name ~ ': a column of it may hold values of several types, and the type of a value may become known later, so all rows of such a model are read each time: '
                ~ 'move the column to a model of its own, without meta.sluice.identity.appended_at'
            ) -%}
        {%- endif -%}
        {%- if found and not identity.source -%}
            {%- do exceptions.warn('Sluice: ' ~ name ~ ' declares identifiers, and its yml does not name its source: its rows count as those of a source without a '
                ~ 'name. Write meta: { sluice: { identity: { source: … } } }') -%}
        {%- endif -%}
        {%- if found -%}
            {%- do sources.append({
                'name': name,
                'package': node.package_name,
                'relation': api.Relation.create(schema=node.schema, identifier=node.alias),
                'arrivals': sluice.arrivals_of(node, identity.appended_at),
                'identity': identity,
                'has_columns': node.columns.keys() | list,
                'found': found
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(sources) }}
{%- endmacro %}

{#
    Where to look when rows arrived: the one loaded table behind the model when it has the column under the same name, else the model, which may
    have to compute much to say as much.
#}
{% macro arrivals_of(node, appended_at) -%}
    {%- set tables = node.depends_on.nodes | select('in', graph.sources) | list -%}
    {%- if appended_at and tables | length == 1 -%}
        {%- set table = graph.sources[tables[0]] -%}
        {%- set loaded = adapter.get_relation('', table.schema, table.identifier) -%}
        {%- if loaded and appended_at in adapter.get_columns_in_relation(loaded) | map(attribute='name') -%}
            {{ return(loaded) }}
        {%- endif -%}
    {%- endif -%}
    {{ return(api.Relation.create(schema=node.schema, identifier=node.alias)) }}
{%- endmacro %}

{#
    Rows of a staging model → distinct sets of identifiers. Grouping comes before normalising: the columns as they stand group fastest, and
    after it there are few rows left.

    reading     as evidence_reading() gives it
#}
{% macro observe(source, entity, reading) -%}
    {%- set found = source.found | selectattr('entity', 'equalto', entity) | list -%}
    {%- set columns = found | map(attribute='columns') | sum(start=[]) | unique | join(', ') -%}
    {%- set identity = source.identity -%}
    {%- set at = 'toNullable(' ~ identity.observed_at ~ ')' if identity.observed_at else "cast(null, 'Nullable(DateTime64(3, \\'UTC\\'))')" -%}
    {%- set arrived = identity.appended_at or identity.observed_at or 'cast(null, \'Nullable(DateTime64(3))\')' -%}
    {%- set forgets = sluice.has_erasures() -%}
    {%- set types = [] -%}
    {%- for identifier in found -%}{%- do types.append(sluice.identity_type(entity, identifier.type)) -%}{%- endfor -%}
select
    cast('{{ source.name }}', 'LowCardinality(String)') as observed_in,
    cast('{{ entity }}', 'LowCardinality(String)') as entity,
    cast(seen_by, 'LowCardinality(String)') as source,
    cast(links, 'Bool') as is_linking,
    slice,
    cast(arrayMap(
        (identifier, folded) -> (
            identifier.1, identifier.2, identifier.3, identifier.4, identifier.5, {{ sluice.block_reason_of_number(types, 'identifier', 'folded') }}, identifier.6
        ),
        given,
        arrayMap(identifier -> {{ sluice.fold_for_block('identifier.3') }}, given)
    ), '{{ sluice.identifiers_type() }}') as identifiers,
    toBool({{ 'true' if found | selectattr('choice') | list else 'false' }}) as has_choice,
    first_seen_at,
    last_seen_at,
    seen_count
from (
    select
        *,
        {%- for identifier in found %}
        {{ identifier.value }} as value_{{ loop.index }},
        {%- endfor %}
        arrayFilter(identifier -> identifier.3 != ''{{ ' and not ' ~ sluice.is_to_be_forgotten('identifier.5', 'last_arrived_at') if forgets }}, [
            {%- for identifier in found %}
            {%- set type = sluice.identity_type(entity, identifier.type) %}
            {%- set value = 'value_' ~ loop.index %}
            (
                '{{ type.name }}', {{ type.number }}, {{ value }}, {{ identifier.spelling or value }},
                {{ sluice.identifier_node("'" ~ entity ~ "'", "'" ~ type.name ~ "'", value) }}, {{ identifier.choice }}
            ){{ ',' if not loop.last }}
            {%- endfor %}
        ]) as given
    from (
        select
            {{ identity.source if identity.source in source.has_columns else sluice.sql_text(identity.source) }} as seen_by,
            {{ identity.links_when or 'true' }} as links,
            {{ sluice.slice_read(source, reading) }} as slice,
            {{ columns }},
            min({{ at }}) as first_seen_at,
            max({{ at }}) as last_seen_at,
            {%- if forgets %}
            {{ sluice.between_erasures(arrived) }} as erasures_since,
            max(toNullable({{ arrived }})) as last_arrived_at,
            {%- endif %}
            count() as seen_count
        from {{ sluice.rows_to_read(source, reading) }}
        group by seen_by, links, slice, {{ columns }}{{ ', erasures_since' if forgets }}
    )
)
where notEmpty(given)
{%- endmacro %}

{# Where the rows come from that this build reads, and which of them, as the text after `from`. #}
{% macro rows_to_read(source, reading) -%}
    {%- set identity = source.identity -%}
    {%- set conditions = ['(' ~ identity.observed_when ~ ')'] if identity.observed_when else [] -%}
    {%- set rows = source.relation | string -%}
    {%- if reading.from_slice > 0 -%}
        {%- set since = sluice.slice_start(reading.from_slice) -%}
        {%- if identity.rows_since -%}
            {%- set rows = '(' ~ context[source.package][identity.rows_since](since) ~ ')' -%}
        {%- else -%}
            {%- do conditions.append(identity.appended_at ~ ' >= ' ~ since) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(rows ~ (' where ' ~ conditions | join(' and ') if conditions else '')) }}
{%- endmacro %}

{% macro slice_read(source, reading) -%}
    {%- if not source.identity.appended_at -%}
        toUInt32(0)
    {%- else -%}
        {%- set slice = sluice.slice_of(source.identity.appended_at) -%}
        if({{ slice }} >= {{ reading.open_slice }}, {{ slice }}, toUInt32(0))
    {%- endif -%}
{%- endmacro %}

{# An identifier of a row. `choice` is 0, or a number that the alternatives of one value share. #}
{% macro identifiers_type() -%}
Array(Tuple(type LowCardinality(String), number UInt8, value String, spelling String, node UInt64, block_reason LowCardinality(String), choice UInt8))
{%- endmacro %}

{#
    The observations with each value of a choice under one type: the first under which it is known, else the last. PostHog's and Kotlin's
    aliases point either way, so "the id before" is an anonymous id or a user id, and an alias is only ever an unordered link.

    appearances   rows of identity_appearances: what is known from slices that this build has not read
#}
{% macro resolved_observations(observations, appearances) -%}
    select * from {{ observations }} where not has_choice
    union all
    select * replace (arrayFilter(
        identifier -> identifier.choice = 0 or identifier.node = if(
            arrayExists(other -> other.choice = identifier.choice and other.node in ({{ sluice.known_alternatives(observations, appearances) }}), identifiers),
            arrayFirst(other -> other.choice = identifier.choice and other.node in ({{ sluice.known_alternatives(observations, appearances) }}), identifiers).node,
            arrayLast(other -> other.choice = identifier.choice, identifiers).node
        ),
        identifiers
    ) as identifiers)
    from {{ observations }}
    where has_choice
{%- endmacro %}

{# Of the alternatives that wait to be resolved, those that some row named without a choice. #}
{% macro known_alternatives(observations, appearances) -%}
    select node
    from (
        select arrayJoin(arrayFilter((node, choice) -> choice = 0, identifiers.node, identifiers.choice)) as node
        from {{ observations }}
        union all
        select known.node
        from {{ appearances }} as known
        inner join (select observed_in, slice as from_slice from {{ observations }} where empty(identifiers.node)) as reading
            on reading.observed_in = known.observed_in
        where known.slice < reading.from_slice
    )
    where node in (
        select arrayJoin(arrayFilter((node, choice) -> choice != 0, identifiers.node, identifiers.choice))
        from {{ observations }}
        where has_choice
    )
{%- endmacro %}

{# Force links of people as observations: what they name exists, and belongs together. #}
{% macro decided_links(fingerprint) -%}
{{ sluice.reading_row('identity_decisions', {'from_slice': 0, 'open_slice': 0}, fingerprint) }}
union all
select
    cast('identity_decisions', 'LowCardinality(String)') as observed_in,
    entity,
    cast('manual', 'LowCardinality(String)') as source,
    toBool(true) as is_linking,
    toUInt32(0) as slice,
    cast([
        (type_a, {{ sluice.type_number_of('type_a', 'entity') }}, value_a, value_a, node_a, {{ sluice.block_reason('entity', 'type_a', 'value_a') }}, 0),
        (type_b, {{ sluice.type_number_of('type_b', 'entity') }}, value_b, value_b, node_b, {{ sluice.block_reason('entity', 'type_b', 'value_b') }}, 0)
    ], '{{ sluice.identifiers_type() }}') as identifiers,
    toBool(false) as has_choice,
    cast(decided_at, 'Nullable(DateTime64(3, \'UTC\'))') as first_seen_at,
    first_seen_at as last_seen_at,
    toUInt64(1) as seen_count
from {{ ref('identity_decisions') }}
where kind = 'force_link'
{%- endmacro %}
