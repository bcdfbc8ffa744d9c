-- Grain: one row per person, attribute and source: the newest value that this source gave. Key: (profile_id, attribute, source).
-- Freshness: each build. Which source wins is not decided here but in `profiles`, column by column.
{{ config(order_by='(profile_id, attribute, source)') }}
{%- set from_identify = ['user_id', 'email', 'phone', 'first_name', 'last_name', 'city', 'country_code', 'language'] %}
{%- set from_crm = ['email', 'phone', 'first_name', 'last_name', 'city', 'country_code'] %}
with

identified as (

    select
        {{ signed_in_or_anonymous_node('user_id', 'anonymous_id') }} as node,
        source,
        occurred_at,
        arrayFilter(pair -> pair.2 != '', [
            {%- for name in from_identify %}
            ('{{ name }}', {{ normalise_attribute('person', name, name) }}){{ ',' if not loop.last }}
            {%- endfor %}
        ]) as pairs
    from {{ ref('stg_web__events') }}
    where event_type = 'identify'

),

customers as (

    select
        {{ identifier_node("'person'", "'loyalty_id'", normalise_identifier('person', 'loyalty_id', 'loyalty_id')) }} as node,
        updated_at,
        arrayFilter(pair -> pair.2 != '', [
            {%- for name in from_crm %}
            ('{{ name }}', {{ normalise_attribute('person', name, name) }}),
            {%- endfor %}
            ('consent_email', ifNull(toString(consent_email), ''))
        ]) as pairs
    from {{ ref('stg_crm__customers') }}

),

attributes as (

    select
        map.profile_id as profile_id,
        pair.1 as attribute,
        pair.2 as value,
        identified.source as source,
        identified.occurred_at as observed_at
    from identified
    array join pairs as pair
    inner join {{ ref('identity_map') }} as map on map.node = identified.node

    union all

    select
        map.profile_id as profile_id,
        pair.1 as attribute,
        pair.2 as value,
        'crm' as source,
        ifNull(customers.updated_at, toDateTime64(0, 3, 'UTC')) as observed_at
    from customers
    array join pairs as pair
    inner join {{ ref('identity_map') }} as map on map.node = customers.node

),

newest as (

    select
        profile_id,
        cast(attribute, 'LowCardinality(String)') as attribute,
        cast(attributes.source, 'LowCardinality(String)') as source,
        argMax(attributes.value, (attributes.observed_at, attributes.value)) as value,
        max(attributes.observed_at) as observed_at
    from attributes
    where lower(attributes.value) not in ('null', 'undefined')
        -- what joins nobody is no better as a fact: "noreply@…" is not how to reach somebody; "info@…" is
        and {{ block_reason("'person'", 'attributes.attribute', 'attributes.value') }} in ('', 'role mailbox')
    group by profile_id, attribute, source

)

select * from newest
