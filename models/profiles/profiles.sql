-- Grain: one row per person. Key: profile_id. Freshness: each build.
-- Where several sources describe a person, the setting `survivorship` says per column which one wins, and `<column>_source` says which one did.
{{ config(order_by='profile_id', pre_hook='{{ sluice.extend_contract("person") }}') }}
{%- set survivors = surviving_columns() %}
with

people as (

    select
        map.profile_id as profile_id,
        min(identifiers.first_seen_at) as first_seen_at,
        max(identifiers.last_seen_at) as last_seen_at,
        count() as identifier_count,
        length(groupUniqArrayArray(identifiers.sources)) as source_count,
        arraySort(groupUniqArrayArray(identifiers.sources)) as sources,
        max(identifiers.identifier_type != 'anonymous_id') as is_identified
    from {{ ref('identity_map') }} as map
    inner join {{ ref('identity_identifiers') }} as identifiers on identifiers.node = map.node
    where map.entity = 'person'
    group by profile_id

),

attributes as (

    select
        profile_id,
        {%- for rule in survivors %}
        {{ survivor(rule) }} as {{ rule.column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('resolved_attributes') }}
    where not startsWith(attribute, 'traits.')
    group by profile_id

),

-- what identify calls say besides; null says that there is none any more
said as (

    select
        profile_id,
        arraySort(groupArray((name, {{ storable_trait('value') }}))) as pairs
    from (
        select
            profile_id,
            substring(attribute, 8) as name,
            argMin(attributes.value, {{ rank_of_trait() }}) as value
        from {{ ref('resolved_attributes') }} as attributes
        where startsWith(attribute, 'traits.')
        group by profile_id, attribute
    )
    where value != 'null'
    group by profile_id

),

activity as (

    select
        profile_id,
        count() as event_count
    from {{ ref('resolved_events') }}
    group by profile_id

),

purchases as (

    select
        profile_id,
        count() as order_count,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        -- an order whose time is unknown was neither the first nor the last
        argMinIf(channel, (ordered_at, order_id), isNotNull(ordered_at)) as first_channel,
        argMaxIf(channel, (ordered_at, order_id), isNotNull(ordered_at)) as last_channel
    from {{ ref('sluice', 'orders') }}
    where not is_cancelled
    group by profile_id

),

-- one sum for a person who has ordered in one currency; profile_revenue has the sums of several currencies
revenue as (

    select
        profile_id,
        if(count() = 1, any(tuple(profile_revenue.revenue_total)).1, null) as revenue_total,
        if(count() = 1, any(currency_code), '') as currency_code,
        if(count() = 1, any(profile_revenue.order_count - unknown_amount_count), 0) as known_count
    from {{ ref('profile_revenue') }} as profile_revenue
    group by profile_id

),

primary_accounts as (

    select profile_id, account_id
    from {{ ref('sluice', 'account_members') }}
    where is_primary

)

select
    people.profile_id as profile_id,
    toBool(people.is_identified) as is_identified,
    people.first_seen_at as first_seen_at,
    people.last_seen_at as last_seen_at,
    {%- for rule in survivors %}
    {%- if rule.column == 'consent_email' %}
    multiIf(attributes.consent_email.1 = 'true', true, attributes.consent_email.1 = 'false', false, null) as consent_email,
    {%- elif rule.column in ('country_code', 'language') %}
    cast(nullIf(attributes.{{ rule.column }}.1, ''), 'LowCardinality(Nullable(String))') as {{ rule.column }},
    {%- else %}
    {{ typed_fact(rule.type, 'attributes.' ~ rule.column ~ '.1') }} as {{ rule.column }},
    {%- endif %}
    cast(nullIf(attributes.{{ rule.column }}.2, ''), 'LowCardinality(Nullable(String))') as {{ rule.column }}_source,
    {%- endfor %}
    {{ json_of_traits('said.pairs') }} as traits,
    toUInt32(people.identifier_count) as identifier_count,
    toUInt32(people.source_count) as source_count,
    cast(people.sources, 'Array(LowCardinality(String))') as sources,
    toUInt64(activity.event_count) as event_count,
    toUInt32(purchases.order_count) as order_count,
    if(order_count = 0, cast(0, 'Nullable(Decimal(18, 2))'), revenue.revenue_total) as revenue_total,
    cast(nullIf(revenue.currency_code, ''), 'LowCardinality(Nullable(String))') as currency_code,
    purchases.first_order_at as first_order_at,
    purchases.last_order_at as last_order_at,
    if(revenue.known_count = 0, null, {{ as_money('toDecimal128(revenue.revenue_total, 8) / greatest(revenue.known_count, 1)') }}) as average_order_value,
    cast(nullIf(purchases.first_channel, ''), 'LowCardinality(Nullable(String))') as first_channel,
    cast(nullIf(purchases.last_channel, ''), 'LowCardinality(Nullable(String))') as last_channel,
    nullIf(primary_accounts.account_id, toUUID('00000000-0000-0000-0000-000000000000')) as primary_account_id,
    now64(3, 'UTC') as computed_at
from people
left join attributes on attributes.profile_id = people.profile_id
left join said on said.profile_id = people.profile_id
left join activity on activity.profile_id = people.profile_id
left join purchases on purchases.profile_id = people.profile_id
left join revenue on revenue.profile_id = people.profile_id
left join primary_accounts on primary_accounts.profile_id = people.profile_id
settings join_algorithm = 'full_sorting_merge,parallel_hash'
