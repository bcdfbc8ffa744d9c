-- Grain: one row per pair of records that are, or may be, one person. Key: (a, b), a < b. Freshness: each build; empty while matching is off.
-- `link`: both are records of one cluster, and the pair is probable enough by itself or is what joined the cluster. `review`: likely,
-- but not enough, or the other records of the two speak against it.
{{ config(order_by='(a, b)') }}
{%- if matching_is_enabled() %}
with

clusters as (

    select * from {{ ref('identity_match_clusters') }}

),

scored as (

    select
        s.*,
        x.cluster = y.cluster and x.cluster != 0 as is_together,
        is_together and (s.match_probability >= {{ matching_settings().link_probability }} or joint.joined_a != 0) as is_link
    from {{ ref('identity_match_scores') }} as s
    left join clusters as x on s.a = x.record_id
    left join clusters as y on s.b = y.record_id
    left join clusters as joint on s.a = joint.joined_a and s.b = joint.joined_b
    where is_link or (not is_together and s.match_probability >= {{ matching_settings().review_probability }})

)

select
    scored.a as a,
    scored.b as b,
    one.node as node_a,
    other.node as node_b,
    one.identifier_type as type_a,
    other.identifier_type as type_b,
    one.identifier_value as value_a,
    other.identifier_value as value_b,
    toFloat32(match_weight) as match_weight,
    toFloat32(match_probability) as match_probability,
    arrayFilter(field -> field.level != '', cast(
        arrayMap(
            (name, level, names, weight, x, y) -> (name, names[level + 1], x, y, weight),
            [{{ each_field("'{field}'") }}], levels, {{ match_level_names() }}, weights,
            [{{ each_field('one.{field}') }}], [{{ each_field('other.{field}') }}]
        ),
        'Array(Tuple(field LowCardinality(String), level LowCardinality(String), value_a String, value_b String, weight Float32))'
    )) as evidence,
    cast(if(is_link, 'link', 'review'), 'LowCardinality(String)') as decision,
    least(one.first_seen_at, other.first_seen_at) as first_seen_at,
    greatest(one.last_seen_at, other.last_seen_at) as last_seen_at
from scored
inner join {{ ref('identity_match_records') }} as one on scored.a = one.record_id
inner join {{ ref('identity_match_records') }} as other on scored.b = other.record_id
{%- else %}
select *
from null($$
    a UInt64,
    b UInt64,
    node_a UInt64,
    node_b UInt64,
    type_a LowCardinality(String),
    type_b LowCardinality(String),
    value_a String,
    value_b String,
    match_weight Float32,
    match_probability Float32,
    evidence Array(Tuple(field LowCardinality(String), level LowCardinality(String), value_a String, value_b String, weight Float32)),
    decision LowCardinality(String),
    first_seen_at Nullable(DateTime64(3, 'UTC')),
    last_seen_at Nullable(DateTime64(3, 'UTC'))
$$)
{%- endif %}
