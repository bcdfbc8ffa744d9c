-- Grain: one row per person, attribute and source: the newest value that this source gave. Key: (profile_id, attribute, source).
-- Freshness: each build. Which source wins is not decided here but in `profiles`, column by column.
-- Identifiers (user_id, email, phone) come from the graph, and belong to the profile that it gives, whoever else used them. Facts come from
-- rows, and follow the person of the row: rows of identify calls, and of every model whose yml says `attribute` (sql/macros/attributes.sql). A trait of
-- an identify call that has no column of its own is the attribute `traits.<name>`, its value JSON.
-- depends_on: {{ ref('identity_unlinked') }}
{{ references_of_reads() }}
{{ config(order_by='(profile_id, attribute, source)') }}
{%- set models = models_that_say(['attribute']) %}
{%- do assert_built_after(models) %}
with

facts as (

    select
        map.profile_id as profile_id,
        rows.source as source,
        rows.observed_at as observed_at,
        rows.pairs as pairs
    from (
        select node, toString(source) as source, toNullable(observed_at) as observed_at, pairs from {{ ref('resolved_identify_calls') }}
        {%- for name in models if declared_attributes(name, 'person') %}
        union all
        {{ facts_of(name, 'person') }}
        {%- endfor %}
    ) as rows
    inner join {{ ref('identity_map') }} as map on map.node = rows.node
    where notEmpty(rows.pairs)

),

attributes as (

    select
        profile_id,
        pair.1 as attribute,
        pair.2 as value,
        source,
        observed_at
    from facts
    array join pairs as pair

    union all

    select
        map.profile_id,
        toString(seen.identifier_type),
        seen.identifier_value,
        toString(seen.source),
        -- a decision about it does not say when it was in use
        if(seen.observed_in = 'identity_decisions', null, seen.last_seen_at)
    from {{ ref('identity_appearances') }} as seen
    inner join {{ ref('identity_map') }} as map on map.node = seen.node
    where seen.entity = 'person' and seen.identifier_type in ({{ sql_texts(surviving_columns() | map(attribute='attribute')) }})

)

select
    profile_id,
    cast(attribute, 'LowCardinality(String)') as attribute,
    cast(attributes.source, 'LowCardinality(String)') as source,
    argMax(attributes.value, (isNotNull(attributes.observed_at), attributes.observed_at, attributes.value)) as value,
    max(attributes.observed_at) as observed_at
from attributes
group by profile_id, attribute, source
