-- Grain: one row per holder of a loyalty card. Key: loyalty_id. Freshness: live view, as loaded.
with

loaded as (

    {{ sluice.source_or_empty('crm', 'customers', {
        'household_id': 'String',
        'email': 'String',
        'phone': 'String',
        'first_name': 'String',
        'last_name': 'String',
        'city': 'String',
        'country_code': 'String',
        'consent_email': 'Bool',
        'updated_at': 'DateTime64(3)',
    }) }}

),

readable as (

    select
        *,
        multiIf(
            lower(trimBoth({{ sluice.to_text('consent_email') }})) in ('true', '1', 'yes', 'y'), true,
            lower(trimBoth({{ sluice.to_text('consent_email') }})) in ('false', '0', 'no', 'n'), false,
            null
        ) as read_consent_email,
        {{ sluice.to_instant('updated_at', 'crm') }} as read_updated_at,
        {{ sluice.readings({'consent_email': 'read_consent_email', 'updated_at': 'read_updated_at'}) }} as readings
    from loaded

),

renamed as (

    select
        ---------- ids
        {{ sluice.to_text('household_id') }} as loyalty_id,
        {{ sluice.to_text('email') }} as email,
        {{ sluice.to_text('phone') }} as phone,

        ---------- the person
        {{ sluice.to_text('first_name') }} as first_name,
        {{ sluice.to_text('last_name') }} as last_name,
        {{ sluice.to_text('city') }} as city,
        upper({{ sluice.to_text('country_code') }}) as country_code,
        read_consent_email as consent_email,

        ---------- times
        read_updated_at as updated_at,
        readings
    from readable

)

select * from renamed
