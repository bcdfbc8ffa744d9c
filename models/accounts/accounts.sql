-- Grain: one row per account. Key: account_id. Freshness: each build.
{{ config(order_by='account_id', pre_hook='{{ sluice.extend_contract("account") }}') }}
{%- set survivors = surviving_columns('account') %}
{%- set types = account_columns() %}
with

known as (

    select
        map.profile_id as account_id,
        min(identifiers.first_seen_at) as first_seen_at,
        max(identifiers.last_seen_at) as last_seen_at,
        count() as identifier_count,
        arraySort(groupUniqArrayArray(identifiers.sources)) as sources,
        {%- for type in types %}
        argMaxIf(
            {{ 'identifiers.identifier_value' if type == 'domain' else 'trim(identifiers.spelling)' }},
            (isNotNull(identifiers.last_seen_at), identifiers.last_seen_at, identifiers.seen_count, identifiers.identifier_value),
            map.identifier_type = '{{ type }}'
        ) as {{ type }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('identity_map') }} as map
    inner join {{ ref('identity_identifiers') }} as identifiers on identifiers.node = map.node
    where map.entity = 'account'
    group by account_id

),

described as (

    select
        account_id,
        {%- for rule in survivors if rule.attribute not in types or rule.attribute == 'domain' %}
        {{ survivor(rule) }} as {{ rule.column }},
        {%- endfor %}
        count() as fact_count
    from {{ ref('resolved_account_attributes') }}
    group by account_id

),

members as (

    select
        account_id,
        count() as member_count,
        countIf(profiles.is_identified) as identified_member_count
    from {{ ref('account_members') }} as account_members
    inner join {{ ref('profiles') }} as profiles on profiles.profile_id = account_members.profile_id
    group by account_id

),

-- a person's orders count once, with the account that they belong to first; two currencies are never added
revenue as (

    select
        account_id,
        if(count() = 1, any(tuple(by_currency.revenue_total)).1, null) as revenue_total,
        if(count() = 1, any(currency_code), '') as currency_code
    from (
        select
            members.account_id as account_id,
            orders.currency_code as currency_code,
            {{ as_money('sum(orders.revenue_total)') }} as revenue_total
        from {{ ref('account_members') }} as members
        inner join {{ ref('profile_revenue') }} as orders on orders.profile_id = members.profile_id
        where members.is_primary
        group by account_id, currency_code
    ) as by_currency
    group by account_id

)

select
    known.account_id as account_id,
    nullIf(described.name.1, '') as name,
    cast(nullIf(described.name.2, ''), 'LowCardinality(Nullable(String))') as name_source,
    nullIf(if(described.domain.1 != '', described.domain.1, known.domain), '') as domain,
    nullIf(known.group_id, '') as group_id,
    {%- for rule in further_attributes('account') %}
    {{ typed_fact(rule.type, 'known.' ~ rule.column if rule.attribute in types else 'described.' ~ rule.column ~ '.1') }} as {{ rule.column }},
    {%- endfor %}
    nullIf(hierarchy.parent_account_id, toUUID('00000000-0000-0000-0000-000000000000')) as parent_account_id,
    toUInt32(members.member_count) as member_count,
    toUInt32(members.identified_member_count) as identified_member_count,
    if(revenue.account_id = known.account_id, revenue.revenue_total, cast(0, 'Nullable(Decimal(18, 2))')) as revenue_total,
    cast(nullIf(revenue.currency_code, ''), 'LowCardinality(Nullable(String))') as currency_code,
    toUInt32(known.identifier_count) as identifier_count,
    cast(known.sources, 'Array(LowCardinality(String))') as sources,
    known.first_seen_at as first_seen_at,
    known.last_seen_at as last_seen_at,
    now64(3, 'UTC') as computed_at
from known
left join described on described.account_id = known.account_id
left join members on members.account_id = known.account_id
left join revenue on revenue.account_id = known.account_id
left join (
    select account_id, parent_account_id
    from {{ ref('account_hierarchy') }}
    where not is_cut
) as hierarchy on hierarchy.account_id = known.account_id
