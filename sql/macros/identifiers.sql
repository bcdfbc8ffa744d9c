{# What an identifier is: which columns hold one, how its value is written, when it means nothing, and its number in the graph. #}

{# Strongest first. A row with several identifiers hangs the others on its strongest one. #}
{% macro identifier_types() -%}
    {{ return(['user_id', 'loyalty_id', 'email', 'phone', 'anonymous_id']) }}
{%- endmacro %}

{# 1 for the strongest type; a type that nobody ranked comes last. #}
{% macro identifier_rank(type) -%}
    if(indexOf({{ identifier_types() }}, {{ type }}) = 0, 100, indexOf({{ identifier_types() }}, {{ type }}))
{%- endmacro %}

{# The columns of a staging model that its yml declares as identifiers: [{ column, type, entity }], in the order of the yml. #}
{% macro declared_identifiers(model_name) -%}
    {%- set found = [] -%}
    {%- for column in graph.nodes['model.' ~ project_name ~ '.' ~ model_name].columns.values() -%}
        {%- set meta = column.meta.get('sluice', {}) -%}
        {%- if meta.identifier -%}
            {%- do found.append({'column': column.name, 'type': meta.identifier, 'entity': meta.entity}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# A model that declares identifiers but is not read would leave people unjoined without a word: that is an error instead. #}
{% macro assert_all_identifiers_are_read(model_names) -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == project_name and node.fqn[1] == 'staging' -%}
        {%- if node.name not in model_names and declared_identifiers(node.name) | length > 0 -%}
            {%- do exceptions.raise_compiler_error(
                node.name ~ ' declares identifiers (meta.sluice.identifier) but models/identity/identity_observations.sql does not read it: add it to the list there.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{# One spelling per identifier. A change here is a change of who is who: it takes effect on the next build. #}
{% macro normalise_identifier(type, value) -%}
    {%- if type == 'email' -%}
        lower(trim({{ value }}))
    {%- elif type == 'phone' -%}
        {{ to_e164(value) }}
    {%- else -%}
        trim({{ value }})
    {%- endif -%}
{%- endmacro %}

{# A phone as +<country><number>: '+' and '00' say the country, anything else belongs to `default_country_calling_code`. #}
{% macro to_e164(value) -%}
    {%- set digits = "replaceRegexpAll(" ~ value ~ ", '[^0-9]', '')" -%}
    {%- set code = var('default_country_calling_code') -%}
    multiIf(
        {{ digits }} = '', '',
        startsWith(trim({{ value }}), '+'), concat('+', {{ digits }}),
        startsWith({{ digits }}, '00'), concat('+', substring({{ digits }}, 3)),
        startsWith({{ digits }}, '{{ code }}') and length({{ digits }}) > 10, concat('+', {{ digits }}),
        concat('+{{ code }}', trim(leading '0' from {{ digits }}))
    )
{%- endmacro %}

{# '' for a usable value, else why it says nothing about who somebody is: such a value would join strangers. #}
{% macro block_reason(type, value) -%}
    multiIf(
        lower({{ value }}) in (
            'null', 'none', 'nil', 'nan', 'n/a', 'na', 'undefined', 'unknown', 'anonymous', 'guest', 'test', 'user', 'true', 'false',
            '[object object]', '(not set)', '-1'
        ) or match({{ value }}, '^[0\\-\\s.]*$'), 'placeholder',
        length({{ value }}) > 512, 'too long',
        {{ type }} = 'email' and not match({{ value }}, '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$'), 'not an e-mail address',
        {{ type }} = 'email' and match({{ value }}, '^(null|none|test|noreply|no-reply|unknown|anonymous)@'), 'placeholder',
        {{ type }} = 'phone' and length({{ value }}) not between 9 and 16, 'not a phone number',
        ''
    )
{%- endmacro %}

{#
    The number of an identifier in the graph: a pure function of what it is, so that every build and every replica agree.
    64 bits: at 100 million identifiers two of them meet with a chance of 1 in 4,000 (tested: identity_identifiers.node is unique).
#}
{% macro identifier_node(entity, type, value) -%}
    sipHash64Keyed({{ identity_hash_key() }}, toString({{ entity }}), toString({{ type }}), {{ value }})
{%- endmacro %}

{% macro identity_hash_key() -%}
    {%- set key = var('identity_hash_key') -%}
    (toUInt64({{ key[0] }}), toUInt64({{ key[1] }}))
{%- endmacro %}

{# A UUID (version 8, the one for private schemes) made of a keyed hash of `parts`, a list of SQL expressions. #}
{% macro uuid_of(parts) -%}
    {%- set hash = 'lower(hex(sipHash128Keyed(' ~ identity_hash_key() ~ ', ' ~ parts | join(', ') ~ ')))' -%}
    toUUID(concat(
        substring({{ hash }}, 1, 8), '-', substring({{ hash }}, 9, 4), '-8', substring({{ hash }}, 14, 3), '-a', substring({{ hash }}, 18, 3),
        '-', substring({{ hash }}, 21, 12)
    ))
{%- endmacro %}

{#
    Rows of a staging model → distinct sets of identifiers. The model's yml says (meta.sluice.identity) which column or name is the
    `source`, when a row was seen (`observed_at`, absent: unknown), and which rows link their identifiers (`links_when`, absent: all).
    Grouping comes before normalising: the columns as they stand group fastest, and after it there are few rows left.
#}
{% macro observe(relation, model_name, entity, identifiers) -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ model_name] -%}
    {%- set identity = node.meta.sluice.identity -%}
    {%- set columns = identifiers | map(attribute='column') | join(', ') -%}
select
    cast('{{ model_name }}', 'LowCardinality(String)') as observed_in,
    cast('{{ entity }}', 'LowCardinality(String)') as entity,
    cast(seen_by, 'LowCardinality(String)') as source,
    links as is_linking,
    cast(arrayFilter(identifier -> identifier.2 != '', [
        {%- for identifier in identifiers %}
        ('{{ identifier.type }}', {{ normalise_identifier(identifier.type, identifier.column) }}){{ ',' if not loop.last }}
        {%- endfor %}
    ]), 'Array(Tuple(type LowCardinality(String), value String))') as identifiers,
    first_seen_at,
    last_seen_at,
    seen_count
from (
    select
        {{ identity.source if identity.source in node.columns else "'" ~ identity.source ~ "'" }} as seen_by,
        {{ identity.links_when or 'true' }} as links,
        {{ columns }},
        {{ 'min(toNullable(' ~ identity.observed_at ~ '))' if identity.observed_at else "cast(null, 'Nullable(DateTime64(3, \\'UTC\\'))')" }} as first_seen_at,
        {{ 'max(toNullable(' ~ identity.observed_at ~ '))' if identity.observed_at else "cast(null, 'Nullable(DateTime64(3, \\'UTC\\'))')" }} as last_seen_at,
        count() as seen_count
    from {{ relation }}
    group by seen_by, links, {{ columns }}
)
where notEmpty(identifiers)
{%- endmacro %}

{#
    An alias call names "the id before", which is an anonymous id or a user id: it is a user id when somebody was ever seen with it
    as one. PostHog's and Kotlin's aliases point either way, so an alias is only ever an unordered link.
#}
{% macro observations_with_resolved_aliases(observations) -%}
    select
        * replace (
            arrayMap(
                identifier -> if(
                    identifier.type != 'previous_id',
                    identifier,
                    cast((if(identifier.value in (
                        select known.value
                        from {{ observations }}
                        array join identifiers as known
                        where known.type = 'user_id'
                            and known.value in (
                                select previous.value
                                from {{ observations }}
                                array join identifiers as previous
                                where previous.type = 'previous_id'
                            )
                    ), 'user_id', 'anonymous_id'), identifier.value), 'Tuple(type LowCardinality(String), value String)')
                ),
                identifiers
            ) as identifiers
        )
    from {{ observations }}
{%- endmacro %}

{#
    Whose event it is: who was signed in, else whoever uses the device. A user id that says nothing ("null") is nobody.
    Needs no join: blocked user ids are a handful.
#}
{% macro signed_in_or_anonymous_node(user_id, anonymous_id) -%}
    if(
        {{ user_id }} != '' and {{ normalise_identifier('user_id', user_id) }} not in (
            select identifier_value
            from {{ ref('identity_identifiers') }}
            where entity = 'person' and identifier_type = 'user_id' and is_blocked
        ),
        {{ identifier_node("'person'", "'user_id'", normalise_identifier('user_id', user_id)) }},
        {{ identifier_node("'person'", "'anonymous_id'", normalise_identifier('anonymous_id', anonymous_id)) }}
    )
{%- endmacro %}
