-- Grain: one row per delivery of an identify call with an address at a company's domain. Key: none. Freshness: live view over the landing table.
-- Such an address says that an account of this domain exists, whether or not a CRM or a group call knows it. Apart from stg_web__events,
-- because only identify calls are read for it; and a call that was delivered twice does no harm, so this needs no FINAL, which would keep
-- a build from reading new messages only.
with

collected as (

    {{ source_or_empty('collected', 'events', {
        'type': 'String',
        'source': 'String',
        'occurred_at': "DateTime64(3, \\'UTC\\')",
        'received_at': "DateTime64(3, \\'UTC\\')",
        'message': 'String',
    }) }}

),

addresses as (

    select
        JSONExtract(
            if(isValidJSON(message), message, {{ quote_large_numbers('message') }}),
            'Tuple(traits Tuple(email String), context Tuple(traits Tuple(email String)))'
        ) as claim,
        if(claim.traits.email != '', claim.traits.email, claim.context.traits.email) as email,
        source,
        occurred_at,
        received_at
    from collected
    where type = 'identify'

),

renamed as (

    select
        {{ company_domain_of_email('email') }} as domain,
        cast(ifNull(source, ''), 'LowCardinality(String)') as source,
        assumeNotNull(occurred_at) as occurred_at,
        assumeNotNull(received_at) as received_at
    from addresses

)

select * from renamed
where domain != ''
