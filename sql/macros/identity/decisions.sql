{# What people decided by hand about who is who: the log of the command line and the API, and the seed that lives in the repository. #}

{% macro decision_kinds() -%}{{ return(['never_link', 'force_link', 'never_use', 'erase']) }}{%- endmacro %}

{# Kinds that name two identifiers; the others name one. #}
{% macro pair_decision_kinds() -%}{{ return(['never_link', 'force_link']) }}{%- endmacro %}

{#
    CTEs, of which the last is `checked`: one row per decision in force, its values normalised, with the nodes they have in the graph, and
    `problem`: '' or why it cannot take effect. Nothing is lost here: `identity_decisions` takes the rows without a problem,
    `identity_rejected_decisions` those with one. The smaller node comes first, so that a decision and its mirror image are the same.
#}
{% macro checked_decisions() -%}
logged as (

    select
        decision_id,
        'log' as recorded_in,
        toString(kind) as kind,
        toString(entity) as entity,
        toString(type_a) as type_a,
        value_a,
        toString(type_b) as type_b,
        value_b,
        reason,
        decided_by,
        decided_at,
        is_revoked
    from {{ source('decisions', 'identity_decisions') }}

    union all

    -- a line of the seed has no id: it is the same decision as long as what it says is the same
    select
        {{ uuid_of(["'seed'", 'kind', 'entity', 'type_a', 'value_a', 'type_b', 'value_b']) }} as decision_id,
        'seed' as recorded_in,
        trim(kind) as kind,
        if(trim(entity) = '', 'person', trim(entity)) as entity,
        trim(type_a) as type_a,
        value_a,
        trim(type_b) as type_b,
        value_b,
        reason,
        decided_by,
        ifNull(parseDateTime64BestEffortOrNull(decided_at, 3, 'UTC'), toDateTime64(0, 3, 'UTC')) as decided_at,
        0 as is_revoked
    from {{ ref('seeded_identity_decisions') }}

),

in_force as (

    select *
    from (
        select *
        from logged
        order by decided_at desc, is_revoked desc
        limit 1 by decision_id
    )
    where not is_revoked

),

normalised as (

    select
        * except (value_a, value_b),
        {{ normalise_decided('entity', 'type_a', 'value_a') }} as normal_a,
        {{ normalise_decided('entity', 'type_b', 'value_b') }} as normal_b,
        if(normal_a = '', 0, {{ identifier_node('entity', 'type_a', 'normal_a') }}) as hash_a,
        if(normal_b = '', 0, {{ identifier_node('entity', 'type_b', 'normal_b') }}) as hash_b,
        kind in ('{{ pair_decision_kinds() | join("', '") }}') as is_pair,
        is_pair and hash_b < hash_a as is_mirrored,
        value_a != '' as has_a,
        trim(value_b) != '' or type_b != '' as has_b
    from in_force

),

checked as (

    select
        decision_id,
        recorded_in,
        kind,
        entity,
        if(is_mirrored, type_b, type_a) as first_type,
        if(is_mirrored, normal_b, normal_a) as first_value,
        if(is_mirrored, hash_b, hash_a) as node_a,
        if(is_mirrored, type_a, type_b) as second_type,
        if(is_mirrored, normal_a, normal_b) as second_value,
        if(is_mirrored, hash_a, hash_b) as node_b,
        reason,
        decided_by,
        decided_at,
        multiIf(
            kind not in ('{{ decision_kinds() | join("', '") }}'),
            concat('there is no kind of decision "', kind, '"; there are {{ decision_kinds() | join(", ") }}'),
            {{ type_problem('entity', 'type_a') }} != '', {{ type_problem('entity', 'type_a') }},
            not has_a or hash_a = 0, concat('the ', type_a, ' is empty, or nothing of it is left once it is normalised'),
            not is_pair and has_b, concat(kind, ' takes one identifier, and a second is given'),
            is_pair and not has_b, concat(kind, ' takes two identifiers, and the second is missing'),
            is_pair and {{ type_problem('entity', 'type_b') }} != '', {{ type_problem('entity', 'type_b') }},
            is_pair and hash_b = 0, concat('the ', type_b, ' is empty, or nothing of it is left once it is normalised'),
            is_pair and hash_a = hash_b, 'both identifiers are the same once they are normalised',
            trim(reason) = '', 'it gives no reason',
            ''
        ) as problem
    from normalised

)
{%- endmacro %}

{# The value as the graph writes it; '' for a type that no rule names. `type` and `entity` are columns here, names elsewhere. #}
{% macro normalise_decided(entity, type, value) -%}
    multiIf(
        {%- for known in decidable_types() %}
        {{ entity }} = '{{ known.entity }}' and {{ type }} = '{{ known.name }}', {{ normalise_identifier(known.entity, known.name, value) }},
        {%- endfor %}
        ''
    )
{%- endmacro %}

{% macro type_problem(entity, type) -%}
    multiIf(
        {%- for group in decidable_types() | groupby('entity') %}
        {{ entity }} = '{{ group.grouper }}' and {{ type }} not in ('{{ group.list | map(attribute="name") | join("', '") }}'),
        concat('there is no identifier type "', {{ type }}, '" of {{ group.grouper }}; there are {{ group.list | map(attribute="name") | join(", ") }}'),
        {%- endfor %}
        {{ entity }} not in ('{{ decidable_types() | map(attribute="entity") | unique | join("', '") }}'),
        concat('there is no entity "', {{ entity }}, '"; there are {{ decidable_types() | map(attribute="entity") | unique | join(", ") }}'),
        ''
    )
{%- endmacro %}

{% macro decidable_types() -%}
    {{ return(identity_types()) }}
{%- endmacro %}
