-- Grain: one row per customer. Key: customer_id. Freshness: live view, as loaded.
-- `source_or_empty`: a table that was never loaded gives no rows, so that the project builds before the first load.
with

loaded as (

    {{ sluice.source_or_empty('shop', 'customers', {
        'customer_id': 'String',
        'email': 'String',
        'phone': 'String',
        'first_name': 'String',
        'last_name': 'String',
        'city': 'String',
        'country_code': 'String',
        'newsletter': 'String',
        'membership_level': 'String',
        'updated_at': 'DateTime64(3)',
    }, optional=['membership_level']) }}

),

readable as (

    select
        *,
        {{ sluice.to_instant('updated_at', 'shop') }} as read_updated_at,
        {{ sluice.readings({'updated_at': 'read_updated_at'}) }} as readings
    from loaded

),

renamed as (

    select
        ---------- ids
        {{ sluice.to_text('customer_id') }} as customer_id,
        {{ sluice.to_text('email') }} as email,
        {{ sluice.to_text('phone') }} as phone,

        ---------- the person
        {{ sluice.to_text('first_name') }} as first_name,
        {{ sluice.to_text('last_name') }} as last_name,
        {{ sluice.to_text('city') }} as city,
        upper({{ sluice.to_text('country_code') }}) as country_code,
        {{ sluice.to_text('newsletter') }} as newsletter,
        {{ sluice.to_text('membership_level') }} as membership_level,

        ---------- times
        read_updated_at as updated_at,
        readings
    from readable

)

select * from renamed
