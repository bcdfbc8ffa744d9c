{#
    The rows of stg_web__email_domains: the domain of the address in each identify call, where it is a company's.

    since   as for collected_events
#}
{% macro collected_email_domains(since=none) -%}
with

first_deliveries as (

    {{ sluice.calls_of_type('identify', {'message': 'String', 'has_long_numbers': 'Bool'}, since) }}

),

addresses as (

    select
        JSONExtract(
            {{ sluice.readable_message() }},
            'Tuple(traits Tuple(email String), context Tuple(traits Tuple(email String)))'
        ) as claim,
        if(claim.traits.email != '', claim.traits.email, claim.context.traits.email) as email,
        message_id,
        source,
        occurred_at,
        received_at
    from first_deliveries

),

renamed as (

    select
        {{ sluice.to_text('message_id') }} as message_id,
        {{ sluice.company_domain_of_email('email') }} as domain,
        cast(ifNull(source, ''), 'LowCardinality(String)') as source,
        assumeNotNull(occurred_at) as occurred_at,
        assumeNotNull(received_at) as received_at
    from addresses

)

select * from renamed
where domain != ''
{%- endmacro %}
