-- Grain: one row per manual decision that is in force. Key: decision_id. Freshness: each build.
-- The log of the command line and the API and the decisions that the repository declares, normalised and numbered as the graph is, each with its `problem`:
-- '' or why it cannot take effect. `identity_decisions` takes those without a problem, `identity_rejected_decisions` those with one, so that
-- nothing is lost. The smaller node comes first: a decision and its mirror image are the same.
{{ config(order_by='decision_id') }}
{%- set types = decidable_types() %}
with

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

    -- a line of the repository has no id: it is the same decision as long as what it says is the same
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
        -- unknown where it is empty or written in another way than the year first
        parseDateTime64BestEffortOrNull(if(match(decided_at, '^\\s*\\d{4}-\\d{2}-\\d{2}'), trim(decided_at), ''), 3, 'UTC') as decided_at,
        0 as is_revoked
    from {{ ref('declared_decisions') }}

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

-- one row per identifier, so that the long expressions of all normalisers stand in the query once
sides as (

    select
        decision_id,
        kind,
        entity,
        side.1 as is_second,
        side.2 as type,
        side.3 as value
    from in_force
    array join [(false, type_a, value_a), (true, type_b, value_b)] as side

),

normalised as (

    select
        *,
        {{ normalise_decided(types, 'entity', 'type', 'value') }} as normal,
        {{ type_problem(types, 'entity', 'type') }} as type_problem
    from sides

),

-- apart from the CTE before, or each use of a value would repeat the expression that normalises it
numbered as (

    select
        decision_id,
        is_second,
        trim(value) != '' or type != '' as is_given,
        normal,
        if(normal = '', 0, {{ identifier_node('entity', 'type', 'normal') }}) as hash,
        multiIf(
            type_problem != '', type_problem,
            normal = '', concat('the ', type, ' is empty, or nothing of it is left once it is normalised'),
            ''
        ) as problem,
        if(kind = 'force_link', {{ block_reason('entity', 'type', 'normal') }}, '') as block_reason
    from normalised

),

paired as (

    select
        decision_id,
        anyIf((normal, hash, problem, block_reason), not is_second) as a,
        anyIf((normal, hash, problem, block_reason), is_second) as b,
        maxIf(is_given, is_second) as is_second_given
    from numbered
    group by decision_id

),

checked as (

    select
        in_force.*,
        a,
        b,
        kind in ('{{ pair_decision_kinds() | join("', '") }}') as is_pair,
        is_pair and b.2 < a.2 as is_mirrored,
        multiIf(
            not is_pair and kind not in ('{{ single_decision_kinds() | join("', '") }}'),
            concat('there is no kind of decision "', kind, '"; known: {{ (pair_decision_kinds() + single_decision_kinds()) | join(", ") }}'),
            a.3 != '', a.3,
            not is_pair and is_second_given, concat(kind, ' takes one identifier, and a second is given'),
            is_pair and not is_second_given, concat(kind, ' takes two identifiers, and the second is missing'),
            is_pair and b.3 != '', b.3,
            is_pair and a.2 = b.2, 'both identifiers are the same once they are normalised',
            trim(reason) = '', 'it gives no reason',
            kind = 'erase' and decided_at is null, 'an erasure is about what was seen until it was decided, and its time is missing or not like 2026-03-01',
            a.4 != '', concat('the ', type_a, ' links no profiles (', a.4, ')'),
            b.4 != '', concat('the ', type_b, ' links no profiles (', b.4, ')'),
            ''
        ) as problem
    from in_force
    inner join paired on paired.decision_id = in_force.decision_id

)

select
    decision_id,
    cast(recorded_in, 'LowCardinality(String)') as recorded_in,
    cast(kind, 'LowCardinality(String)') as kind,
    cast(entity, 'LowCardinality(String)') as entity,
    cast(if(is_mirrored, checked.type_b, checked.type_a), 'LowCardinality(String)') as type_a,
    if(is_mirrored, b.1, a.1) as value_a,
    if(is_mirrored, b.2, a.2) as node_a,
    cast(if(is_mirrored, checked.type_a, checked.type_b), 'LowCardinality(String)') as type_b,
    if(is_mirrored, a.1, b.1) as value_b,
    if(is_mirrored, a.2, b.2) as node_b,
    reason,
    decided_by,
    decided_at,
    problem
from checked
