-- Grain: one row per holder of a loyalty card. Key: loyalty_id. Freshness: live view, as loaded.
with

loaded as (

    {{ source_or_empty('crm', 'customers', {
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

renamed as (

    select
        ---------- ids
        {{ to_text('household_id') }} as loyalty_id,
        {{ to_text('email') }} as email,
        {{ to_text('phone') }} as phone,

        ---------- the person
        {{ to_text('first_name') }} as first_name,
        {{ to_text('last_name') }} as last_name,
        {{ to_text('city') }} as city,
        upper({{ to_text('country_code') }}) as country_code,
        multiIf(
            lower({{ to_text('consent_email') }}) in ('true', '1', 'yes'), true,
            lower({{ to_text('consent_email') }}) in ('false', '0', 'no'), false,
            null
        ) as consent_email,

        ---------- times
        {{ to_instant('updated_at', 'UTC') }} as updated_at
    from loaded

)

select * from renamed
